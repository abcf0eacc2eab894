"""Numbers that can be foretold come from the system's source instead."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import marked
from analyzers.fixes.writing import fix, is_placed, replaced

# What `random.SystemRandom()` has too, with the same meaning.
_SHARED = frozenset(
    [
        "random",
        "randint",
        "randrange",
        "choice",
        "choices",
        "sample",
        "shuffle",
        "uniform",
        "getrandbits",
        "randbytes",
        "triangular",
        "gauss",
        "normalvariate",
        "betavariate",
        "expovariate",
    ]
)


def from_system(code: Code, finding: Finding) -> Fix | None:
    """The same method of `SystemRandom`."""
    node = marked(code, finding, ast.Call, lambda call: _method(code, call) is not None)
    if node is None or not is_placed(code, node.func):
        return None
    method = _method(code, node)
    if method == "uuid1":
        return _uuid4(code, node)
    if method == "Random" and (node.args or node.keywords):
        return None
    if method == "choice":
        reached = reach(code, node, "secrets", "choice")
        if reached is not None and not reached.edits:
            return fix("draw from the system", replaced(code, node.func, reached.text))
    reached = reach(code, node, "random", "SystemRandom")
    if reached is None:
        reached = reach(code, node, "secrets", "SystemRandom")
    if reached is None:
        return None
    text = reached.text if method == "Random" else f"{reached.text}().{method}"
    return fix("draw from the system", *reached.edits, replaced(code, node.func, text))


def _method(code: Code, call: ast.Call) -> str | None:
    module, _, method = (code.name(call.func) or "").rpartition(".")
    if module == "random" and (method in _SHARED or method == "Random"):
        return method
    return method if module == "uuid" and method == "uuid1" else None


def _uuid4(code: Code, node: ast.Call) -> Fix | None:
    reached = reach(code, node, "uuid", "uuid4")
    if reached is None or node.args or node.keywords:
        return None
    return fix("draw from the system", *reached.edits, replaced(code, node.func, reached.text))
