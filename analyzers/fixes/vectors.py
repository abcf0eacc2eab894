"""Salts and vectors are drawn anew each time, where the code hands them on."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import bindings, loads, marked
from analyzers.fixes.writing import fix, is_placed, replaced

_LONGEST = 64


def drawn(code: Code, finding: Finding) -> Fix | None:
    """`os.urandom` in place of a constant that a function names and uses more than once.

    Otherwise the value would be lost: what was made with it could never be checked or read again.
    """
    used = marked(code, finding, ast.Name, lambda it: _constant(code, it) is not None)
    constant = _constant(code, used) if used is not None else None
    if used is None or constant is None or not is_placed(code, constant):
        return None
    size = _size(constant)
    reached = reach(code, constant, "os", "urandom")
    if size is None or reached is None:
        return None
    text = f"{reached.text}({size})"
    return fix("draw it anew each time", *reached.edits, replaced(code, constant, text))


def _constant(code: Code, used: ast.Name) -> ast.expr | None:
    """The bytes that a variable of a function always is, when it is read elsewhere too."""
    function = code.function(used)
    if function is None or len(loads(function, used.id)) < 2:
        return None
    assigned = bindings(code, function, used.id) or []
    if len(assigned) != 1 or not isinstance(assigned[0], ast.Assign):
        return None
    value = assigned[0].value
    return value if _size(value) is not None else None


def _size(node: ast.expr) -> int | None:
    """How many bytes a literal holds, as `b"..."` or `b"." * 16`."""
    if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        size = len(node.value)
    elif (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Mult)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, bytes)
        and isinstance(node.right, ast.Constant)
        and isinstance(node.right.value, int)
    ):
        size = len(node.left.value) * node.right.value
    else:
        return None
    return size if 8 <= size <= _LONGEST else None
