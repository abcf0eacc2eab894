"""A broken cipher, or one used block by block

## What it does
Reports DES, triple DES, RC2, RC4, Blowfish, IDEA, CAST5, SEED and XOR from cryptography,
PyCryptodome and pyDes, and any block cipher in ECB mode.

## Why is this bad?
RC4 and DES are broken. Ciphers with blocks of 64 bits leak after some gigabytes under one key. In
ECB mode equal blocks of the text are equal blocks of the cipher text, so the pattern shows through.

## Example
```python
cipher = AES.new(key, AES.MODE_ECB)
```

## Use instead
```python
cipher = AES.new(key, AES.MODE_GCM)
```
or `cryptography.fernet.Fernet`, which leaves nothing to choose.

## References
- CWE-327: Use of a Broken or Risky Cryptographic Algorithm
- NIST SP 800-131A; RFC 7465: prohibiting RC4; CVE-2016-2183 (SWEET32)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.calls import argument, may_have_more, names
from analyzers.rule import Rule

RULE = Rule(
    "weak-cipher",
    cwe=327,
    severity="medium",
    confidence="high",
    aliases=("B304", "B305", "S304", "S305"),
    words=("cipher", "algorithms", "pydes", "modes", "aes"),
)
_MODULES = {"DES", "DES3", "ARC2", "ARC4", "Blowfish", "CAST", "XOR"}
_CLASSES = {"ARC4", "Blowfish", "IDEA", "CAST5", "SEED", "TripleDES", "RC2"}


def find(code: Code) -> Iterator[Finding]:
    """Weak ciphers and ECB."""
    for name, call in names(code):
        *path, package, last = ("", *name.split("."))
        if last == "new" and package in _MODULES and "Cipher" in (path[-1], *path):
            yield code.finding(RULE, call, f"{package} is broken or too short; use AES in GCM mode")
        elif package == "algorithms" and last in _CLASSES:
            yield code.finding(RULE, call, f"{last} is broken or too short; use AES-GCM")
        elif package == "pyDes" and last in ("des", "triple_des"):
            yield code.finding(RULE, call, "DES is broken; use AES in GCM mode")
        elif package == "modes" and last == "ECB":
            yield code.finding(RULE, call, "ECB shows patterns of the text; use GCM")
        elif package == "AES" and last == "new":
            yield from _aes(code, call)


def _aes(code: Code, call: ast.Call) -> Iterator[Finding]:
    mode = argument(call, 1, "mode")
    if mode is None:
        if call.args and not may_have_more(code, call):
            yield code.finding(RULE, call, "AES without a mode is ECB; use AES.MODE_GCM")
    elif (code.name(mode) or "").endswith("MODE_ECB"):
        yield code.finding(RULE, call, "ECB shows patterns of the text; use AES.MODE_GCM")
