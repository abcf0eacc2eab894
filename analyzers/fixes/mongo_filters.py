"""Conditions of MongoDB that compare, whatever they are given."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.places import bindings, marked, scope
from analyzers.fixes.writing import fix, is_placed, replaced, source

_TAKEN = (ast.Name, ast.Subscript, ast.Attribute, ast.Call)


def compared(code: Code, finding: Finding) -> Fix | None:
    """`{"name": {"$eq": value}}`: an object of the sender's is then a value like any other."""
    call = marked(code, finding, ast.Call, lambda it: _filter(code, it) is not None)
    found = _filter(code, call) if call is not None else None
    if call is None or found is None or code.is_open(call):
        return None
    edits: list[Edit] = []
    for key, value in zip(found.keys, found.values, strict=True):
        if key is None:
            return None
        if isinstance(value, _TAKEN) and not _is_made_harmless(value):
            if not is_placed(code, value):
                return None
            edits.append(replaced(code, value, f'{{"$eq": {source(code, value)}}}'))
    return fix("compare with the value", *edits) if edits else None


def _filter(code: Code, call: ast.Call) -> ast.Dict | None:
    given = call.args[0] if call.args else None
    if isinstance(given, ast.Name):
        assigned = bindings(code, scope(code, given), given.id) or []
        values = [node.value for node in assigned if isinstance(node, ast.Assign)]
        given = values[0] if len(values) == len(assigned) == 1 else None
    if not isinstance(given, ast.Dict) or not given.keys:
        return None
    names = [key.value if isinstance(key, ast.Constant) else None for key in given.keys]
    # Operators compare in ways of their own.
    return None if any(str(name).startswith("$") for name in names) else given


def _is_made_harmless(value: ast.expr) -> bool:
    """Whether it is a call that makes a text, a number, or a pattern of it."""
    return isinstance(value, ast.Call) and not (
        isinstance(value.func, ast.Attribute) and value.func.attr in ("get", "pop")
    )
