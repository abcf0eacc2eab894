"""Lists whose values a query takes: they are counted and read, which some cannot be."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.fixes.callers import parameter_of, values
from analyzers.fixes.places import last_name, loads, scope

_READ_ONCE = frozenset(("map", "filter", "iter", "zip", "enumerate", "reversed", "chain"))
_ONE_BY_ONE = ("Iterator", "Iterable", "Generator")


def is_read_once(code: Code, listed: str, sink: ast.Call) -> bool:
    """Whether the file shows that what is called `listed` has no length, as a generator has none.

    Args:
        code: The file.
        listed: The expression that stands for the values, as text.
        sink: The call that takes the query.
    """
    used = next(iter(loads(scope(code, sink), listed)), None)
    if used is None:
        return False
    found = parameter_of(code, used)
    said = ast.unparse(found[1].annotation) if found and found[1].annotation else ""
    if any(name in said for name in _ONE_BY_ONE):
        return True
    return any(_is_read_once(code, value) for value in values(code, used))


def _is_read_once(code: Code, value: ast.expr) -> bool:
    if isinstance(value, ast.GeneratorExp):
        return True
    if not isinstance(value, ast.Call):
        return False
    name = last_name(value.func)
    return name in _READ_ONCE or any(
        isinstance(node, ast.FunctionDef) and node.name == name and _yields(node)
        for node in ast.walk(code.tree)
    )


def _yields(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, ast.Yield | ast.YieldFrom) for node in ast.walk(function))
