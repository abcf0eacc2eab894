"""A broken hash function

## What it does
Reports MD2, MD4, MD5, RIPEMD-160 and SHA-1, from hashlib, cryptography and PyCryptodome, and HMAC
with MD5. What is hashed and what the result is for decide how loud it is: a password or a signature
is worse than a cache key. `usedforsecurity=False` says that nothing depends on it.

## Why is this bad?
Two inputs with the same MD5 can be made in seconds and with the same SHA-1 for the price of a car,
so neither a signature nor a comparison of digests proves anything. For passwords they are, besides,
far too fast: billions are tried each second.

## Example
```python
digest = hashlib.md5(document).hexdigest()
```

## Use instead
```python
digest = hashlib.sha256(document).hexdigest()
```
For passwords `hashlib.scrypt`, argon2 or bcrypt; for a checksum that guards against accidents alone
`hashlib.md5(data, usedforsecurity=False)`.

## References
- CWE-328: Use of Weak Hash
- RFC 6151; NIST SP 800-131A: transitioning the use of cryptographic algorithms
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Confidence, Finding, Severity
from analyzers.fixes import hashing
from analyzers.patterns.calls import argument, keyword, named, names
from analyzers.patterns.constants import text_of, value_of
from analyzers.patterns.names import identifiers, purpose, words_of
from analyzers.rule import Rule

RULE = Rule(
    "weak-hash",
    cwe=328,
    severity="medium",
    confidence="medium",
    aliases=("B303", "B324", "S303", "S324"),
    words=("hash", "md5", "sha", "hmac", "crypt."),
)
fix = hashing.stronger
_WEAK = {"md2": "MD2", "md4": "MD4", "md5": "MD5", "sha1": "SHA-1", "sha": "SHA-1"}
_WEAK |= {"ripemd": "RIPEMD-160", "ripemd160": "RIPEMD-160"}
_HASHLIB = {f"hashlib.{name}": title for name, title in _WEAK.items()}
_CRYPTO = {
    f"{package}.Hash.{name}.new": title
    for package in ("Crypto", "Cryptodome")
    for name, title in {
        "MD2": "MD2", "MD4": "MD4", "MD5": "MD5", "SHA": "SHA-1", "SHA1": "SHA-1",
        "RIPEMD": "RIPEMD-160", "RIPEMD160": "RIPEMD-160",
    }.items()
}  # fmt: skip
_OLD = {"md5.new": "MD5", "md5.md5": "MD5", "sha.new": "SHA-1", "sha.sha": "SHA-1"}
_DIRECT = _HASHLIB | _CRYPTO | _OLD
_CRYPT = {"crypt.crypt": (1, "salt"), "crypt.mksalt": (0, "method")}
_METHODS = {"crypt.METHOD_MD5": "MD5", "crypt.METHOD_CRYPT": "crypt with DES"}
_SECRET = {
    "password", "passwd", "passphrase", "pwd", "pw", "secret", "token", "signature", "sign",
    "signed", "credential", "credentials", "auth", "session", "otp", "pin", "nonce", "salt",
    "activation", "license", "licence",
}  # fmt: skip
_HARMLESS = {
    "etag", "checksum", "cache", "cached", "dedup", "deduplicate", "bucket", "shard", "gravatar",
    "avatar", "color", "colour", "uuid", "uuid3", "uuid5", "filename", "thumbnail", "partition",
}  # fmt: skip


def find(code: Code) -> Iterator[Finding]:
    """Calls of weak hash functions."""
    for call, title in _weak_calls(code):
        # An open call may still say that nothing depends on it.
        harmless = value_of(code, keyword(call, "usedforsecurity")) is False
        if not harmless and not code.is_open(call):
            severity, confidence = _weight(code, call, title)
            message = f"{title} can be forged; use SHA-256, or say usedforsecurity=False"
            yield code.finding(RULE, call, message, severity=severity, confidence=confidence)
    for call in named(code, "hmac.new", "hmac.digest"):
        chosen = argument(call, 2, "digestmod" if code.name(call.func) == "hmac.new" else "digest")
        if chosen is not None and _chosen(code, chosen) in ("MD5", "MD4", "MD2"):
            message = "HMAC with MD5 is out of date; use SHA-256"
            yield code.finding(RULE, call, message, severity="low", confidence="high")


def _weak_calls(code: Code) -> Iterator[tuple[ast.Call, str]]:
    for name, call in names(code):
        if name in _DIRECT:
            yield call, _DIRECT[name]
        elif name == "hashlib.new":
            chosen = text_of(code, argument(call, 0, "name")) or ""
            title = _WEAK.get(chosen.lower().replace("-", ""))
            if title:
                yield call, title
        elif name in _CRYPT:
            method = argument(call, *_CRYPT[name])
            title = _METHODS.get(code.name(method) or "") if method is not None else None
            if title:
                yield call, title
        elif name.endswith((".hashes.MD5", ".hashes.SHA1")) or name in _CLASSES:
            yield call, "MD5" if name.endswith("MD5") else "SHA-1"


_CLASSES = ("hashes.MD5", "hashes.SHA1")


def _chosen(code: Code, node: ast.expr) -> str | None:
    name = code.name(node)
    if name is not None:
        return _HASHLIB.get(name)
    return _WEAK.get((text_of(code, node) or "").lower())


def _weight(code: Code, call: ast.Call, title: str) -> tuple[Severity, Confidence]:
    around = list(purpose(code, call))
    inside = [each for given in call.args for each in identifiers(given)]
    words = {word for each in (*around, *inside) for word in words_of(each)}
    if {"hotp", "totp", "oaep", "mgf"} & {word.rstrip("1") for word in words}:
        return "low", "low"  # There SHA-1 is what the standard says, and holds.
    if words & _SECRET:
        return "medium", "high"
    # Who calls a function string_to_md5 asks for it.
    asked = title.lower().replace("-", "") in "".join(around).lower().replace("_", "")
    if asked or words & _HARMLESS:
        return "low", "low"
    return "medium", "medium"
