"""A password hash that is too fast

## What it does
Reports PBKDF2 below 100,000 rounds, bcrypt below 10, scrypt below n = 8192, password hashers of
Django's that are only there for old data, and a plain unsalted SHA-2 over a password.

## Why is this bad?
Whoever gets the table of hashes tries words against it. A graphics card computes ten billion
SHA-256 in a second; scrypt, argon2 or 600,000 rounds of PBKDF2 make that a few thousand.

## Example
```python
key = hashlib.pbkdf2_hmac("sha256", password, salt, 1000)
```

## Use instead
```python
key = hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)
```

## References
- CWE-916: Use of Password Hash With Insufficient Computational Effort
- OWASP: Password Storage Cheat Sheet
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import derivations
from analyzers.patterns.calls import argument, keyword, names
from analyzers.patterns.constants import number_of
from analyzers.patterns.names import identifiers, words_of
from analyzers.rule import Rule

RULE = Rule(
    "weak-key-derivation",
    cwe=916,
    severity="medium",
    confidence="medium",
    words=("pbkdf2", "gensalt", "scrypt", "password", "passwd", "pwd"),
)
fix = derivations.costly
# By the end of the dotted name: position, name and least value of the cost.
_COSTS = {
    "pbkdf2_hmac": (3, "iterations", 100_000),
    "PBKDF2HMAC": (3, "iterations", 100_000),
    "PBKDF2": (3, "count", 100_000),
    "gensalt": (0, "rounds", 10),
}
_FAST = {
    f"hashlib.{name}" for name in ("sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512")
}
_PASSWORD = {"password", "passwd", "pwd", "passphrase"}
_OLD_HASHERS = ("UnsaltedMD5PasswordHasher", "UnsaltedSHA1PasswordHasher", "MD5PasswordHasher",
                "SHA1PasswordHasher", "CryptPasswordHasher")  # fmt: skip


def find(code: Code) -> Iterator[Finding]:
    """Derivations that cost too little."""
    for name, call in names(code):
        last = name.rpartition(".")[2]
        if code.is_open(call):
            continue  # Its numbers may still grow.
        if last in _COSTS:
            position, parameter, least = _COSTS[last]
            cost = number_of(code, argument(call, position, parameter))
            if cost is not None and cost < least:
                message = f"{cost} rounds are tried too fast; use {least} or more"
                yield code.finding(RULE, call, message, confidence="high")
        elif name == "hashlib.scrypt":
            cost = number_of(code, keyword(call, "n"))
            if cost is not None and cost < 8192:
                yield code.finding(RULE, call, "scrypt below n = 2**13 is too fast")
        elif name in _FAST and _is_plain_password(code, call):
            message = "a plain hash of a password is tried too fast; use hashlib.scrypt"
            yield code.finding(RULE, call, message, severity="low")
    if "PASSWORD_HASHERS" in code.text:
        yield from _hashers(code)


def _is_plain_password(code: Code, call: ast.Call) -> bool:
    if len(call.args) != 1:
        return False
    given = call.args[0]
    if isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute):
        given = given.func.value if given.func.attr == "encode" else given
    if not isinstance(given, ast.Name | ast.Attribute):
        return False
    return bool(set(words_of(next(iter(identifiers(given))))) & _PASSWORD)


def _hashers(code: Code) -> Iterator[Finding]:
    for node in code.nodes(ast.Assign):
        targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if "PASSWORD_HASHERS" in targets and isinstance(node.value, ast.List | ast.Tuple):
            first = node.value.elts[0] if node.value.elts else None
            if isinstance(first, ast.Constant) and str(first.value).endswith(_OLD_HASHERS):
                yield code.finding(RULE, first, "this hasher is for old data; put Argon2 first")
