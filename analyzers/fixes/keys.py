"""Keys long enough to hold."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.places import argument, last_name, marked
from analyzers.fixes.writing import fix, replaced

_BITS = 2048
_CURVES = {"SECP192R1": "SECP256R1", "SECT163K1": "SECP256R1", "SECT163R2": "SECP256R1"}


def long_enough(code: Code, finding: Finding) -> Fix | None:
    """2048 bits for RSA and DSA, a curve of 256 for elliptic curves."""
    node = marked(code, finding, ast.Call, lambda it: _size(it) is not None)
    size = _size(node) if node is not None else None
    if size is not None:
        return fix(f"use {_BITS} bits", replaced(code, size, str(_BITS)))
    curve = marked(code, finding, ast.Attribute, lambda it: it.attr in _CURVES)
    if curve is None:
        return None
    strong = f"{code.source(curve.value)}.{_CURVES[curve.attr]}"
    return fix("use a curve of 256 bits", replaced(code, curve, strong))


def _size(node: ast.Call) -> ast.expr | None:
    if last_name(node.func) not in ("generate", "generate_private_key", "generate_parameters"):
        return None
    for position, name in ((1, "key_size"), (0, "bits"), (0, "key_size")):
        given = argument(node, position, name)
        value = given.value if isinstance(given, ast.Constant) else None
        if isinstance(value, int) and 256 <= value < _BITS:
            return given
    return None
