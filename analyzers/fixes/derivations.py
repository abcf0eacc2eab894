"""Keys are derived from passwords at a cost that holds off guessing."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.places import argument, last_name, marked
from analyzers.fixes.writing import fix, replaced

# By what is called: where the cost stands, its name, and what it should be.
# Source: OWASP Password Storage Cheat Sheet.
_COSTS = {
    "pbkdf2_hmac": (3, "iterations", "600_000"),
    "PBKDF2HMAC": (3, "iterations", "600_000"),
    "PBKDF2": (3, "count", "600_000"),
    "gensalt": (0, "rounds", "12"),
    "scrypt": (99, "n", "2**14"),
}


def costly(code: Code, finding: Finding) -> Fix | None:
    """The number of rounds raised; what was derived with fewer must be derived again."""
    node = marked(code, finding, ast.Call, lambda it: _cost(it) is not None)
    cost = _cost(node) if node is not None else None
    if node is None or cost is None:
        return None
    text = _COSTS[last_name(node.func)][2]
    return fix(f"use {text} rounds", replaced(code, cost, text))


def _cost(node: ast.Call) -> ast.expr | None:
    if last_name(node.func) not in _COSTS:
        return None
    position, name, _ = _COSTS[last_name(node.func)]
    given = argument(node, position, name)
    return given if isinstance(given, ast.Constant | ast.BinOp) else None
