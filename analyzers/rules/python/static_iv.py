"""An initialisation vector that is always the same

## What it does
Reports constant initialisation vectors and nonces: literals, or repeated bytes, that are given to
ciphers of PyCryptodome and cryptography.

## Why is this bad?
Under one vector equal messages become equal cipher texts. In GCM and CTR mode it is worse: two
messages under the same nonce give away both, and in GCM the key of the signature too.

## Example
```python
cipher = AES.new(key, AES.MODE_CBC, b"0" * 16)
```

## Use instead
```python
cipher = AES.new(key, AES.MODE_CBC, os.urandom(16))
```
and send the vector along; it is no secret.

## References
- CWE-329: Generation of Predictable IV with CBC Mode
- CWE-323: Reusing a Nonce, Key Pair in Encryption
- NIST SP 800-38A, appendix C
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import vectors
from analyzers.patterns.calls import argument, keyword, methods, names
from analyzers.patterns.constants import is_literal
from analyzers.rule import Rule

RULE = Rule(
    "static-iv",
    cwe=329,
    severity="medium",
    confidence="high",
    words=("cipher", "aes", "modes.", "chacha", "aesgcm"),
)
fix = vectors.drawn
_MODES = ("CBC", "CTR", "GCM", "OFB", "CFB", "CFB8", "XTS")
_CIPHERS = ("AES", "DES", "DES3", "Blowfish", "ChaCha20", "ChaCha20_Poly1305", "Salsa20", "CAST")
_AEAD = ("AESGCM", "AESCCM", "ChaCha20Poly1305", "AESOCB3", "AESSIV")
_MESSAGE = "this vector is the same for every message; use os.urandom"


def find(code: Code) -> Iterator[Finding]:
    """Ciphers with constant vectors."""
    for name, call in names(code):
        *_, package, last = ("", *name.split("."))
        given: ast.expr | None = None
        if last == "new" and package in _CIPHERS:
            given = argument(call, 2, "iv") or keyword(call, "nonce")
        elif package == "modes" and last in _MODES:
            given = next(iter(call.args), None) or keyword(call, "initialization_vector")
            given = given or keyword(call, "nonce")
        if given is not None and is_literal(code, given):
            yield code.finding(RULE, call, _MESSAGE)
    if any(kind in code.text for kind in _AEAD):
        for call in methods(code, "encrypt"):
            nonce = argument(call, 0, "nonce")
            n_given = len(call.args) + len(call.keywords)
            if n_given == 3 and nonce is not None and is_literal(code, nonce):
                yield code.finding(RULE, call, _MESSAGE, cwe=323)
