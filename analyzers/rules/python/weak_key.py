"""A key that is too short

## What it does
Reports RSA, DSA and Diffie-Hellman keys below 2048 bits and elliptic curves below 224 bits, where
they are made.

## Why is this bad?
RSA with 1024 bits is within reach of a state, with 512 bits of anyone with an evening to spare.

## Example
```python
key = rsa.generate_private_key(public_exponent=65537, key_size=1024)
```

## Use instead
```python
key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
```

## References
- CWE-326: Inadequate Encryption Strength
- NIST SP 800-57 Part 1, table 2
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import keys
from analyzers.patterns.calls import argument, keyword, names
from analyzers.patterns.constants import number_of
from analyzers.rule import Rule

RULE = Rule(
    "weak-key",
    cwe=326,
    severity="medium",
    confidence="high",
    aliases=("B505", "S505"),
    words=("generate", "newkeys", "secp192", "sect163", "bits"),
)
fix = keys.long_enough
LEAST_BITS = 2048
# The end of the dotted name: position and name of the parameter that holds the bits.
_SIZED = {
    "rsa.generate_private_key": (1, "key_size"),
    "dsa.generate_private_key": (0, "key_size"),
    "dh.generate_parameters": (1, "key_size"),
    "RSA.generate": (0, "bits"),
    "DSA.generate": (0, "bits"),
    "RSAKey.generate": (0, "bits"),
    "DSSKey.generate": (0, "bits"),
    "rsa.newkeys": (0, "nbits"),
}
_CURVE = "this curve is too small; use SECP256R1 or Ed25519"
_CURVES = ("SECP192R1", "SECT163K1", "SECT163R2")


def find(code: Code) -> Iterator[Finding]:
    """Calls that make short keys."""
    for name, call in names(code):
        if code.is_open(call):
            continue  # Its numbers may still grow.
        end = ".".join(name.split(".")[-2:])
        if end in _SIZED:
            position, parameter = _SIZED[end]
            size = argument(call, position, parameter) or keyword(call, "bits")
            bits = number_of(code, size)
            if bits is not None and bits < LEAST_BITS:
                yield code.finding(RULE, call, f"{bits} bits are too few; use {LEAST_BITS} or more")
        elif end == "ec.generate_private_key":
            curve = argument(call, 0, "curve")
            # The class itself, where an object of it is meant, was right in old versions.
            if curve is not None and (code.name(curve) or "").endswith(_CURVES):
                yield code.finding(RULE, call, _CURVE)
        elif end.split(".")[-1] in _CURVES:
            yield code.finding(RULE, call, _CURVE)
