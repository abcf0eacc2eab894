"""A salt that is the same for everyone

## What it does
Reports constant salts where keys are derived from passwords: by PBKDF2, scrypt, argon2, bcrypt and
HKDF's kin.

## Why is this bad?
A salt makes equal passwords differ. With one for all, a single table of words serves for every
account, and equal passwords show as such.

## Example
```python
key = hashlib.pbkdf2_hmac("sha256", password, b"salt", 600_000)
```

## Use instead
```python
salt = os.urandom(16)
key = hashlib.pbkdf2_hmac("sha256", password, salt, 600_000)
```

## References
- CWE-760: Use of a One-Way Hash with a Predictable Salt
- NIST SP 800-132
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import vectors
from analyzers.patterns.calls import argument, names
from analyzers.patterns.constants import is_literal
from analyzers.rule import Rule

RULE = Rule(
    "constant-salt",
    cwe=760,
    severity="medium",
    confidence="medium",
    words=("pbkdf2", "scrypt", "argon2", "bcrypt", "hash_secret"),
)
fix = vectors.drawn
_SALTED = {
    "hashlib.pbkdf2_hmac": (2, "salt"), "hashlib.scrypt": (1, "salt"), "bcrypt.hashpw": (1, "salt"),
    "PBKDF2HMAC": (2, "salt"), "Scrypt": (0, "salt"), "PBKDF2": (1, "salt"), "scrypt": (1, "salt"),
    "bcrypt.kdf": (1, "salt"), "hash_secret": (1, "salt"), "hash_secret_raw": (1, "salt"),
}  # fmt: skip


def find(code: Code) -> Iterator[Finding]:
    """Derivations with a literal for a salt."""
    for name, call in names(code):
        place = _SALTED.get(name) or _SALTED.get(name.rpartition(".")[2])
        if place is not None:
            salt = argument(call, *place)
            if salt is not None and is_literal(code, salt):
                message = "this salt is the same for every password; use os.urandom(16)"
                yield code.finding(RULE, call, message)
