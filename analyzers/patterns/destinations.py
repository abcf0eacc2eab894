"""Where in its function the value of an expression goes on to."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from analyzers.code import Code
from analyzers.patterns.names import stored_in, uses

_MAX_NAMES = 12


def some(code: Code, node: ast.AST, says: Callable[[str], bool]) -> bool:
    """Whether the value reaches a name that `says` yes to, by way of variables."""
    around = code.function(node) or code.tree
    reading = _reads(around)
    waiting, known = [node], set[str]()
    while waiting:
        place = waiting.pop()
        if any(map(says, uses(code, place))) or any(map(says, _texts(code, place))):
            return True
        statement = _statement(code, place)
        for name in _given(statement, place):
            if name not in known and len(known) < _MAX_NAMES:
                known.add(name)
                waiting += reading.get(name, ())
    return False


def _reads(around: ast.AST) -> dict[str, list[ast.Name]]:
    found: dict[str, list[ast.Name]] = {}
    for below in ast.walk(around):
        if isinstance(below, ast.Name) and isinstance(below.ctx, ast.Load):
            found.setdefault(below.id, []).append(below)
    return found


def _texts(code: Code, node: ast.AST) -> Iterator[str]:
    """What is said around it: `f"your code is {code}"`."""
    value = code.parent(node)
    text = None if value is None else code.parent(value)
    if isinstance(value, ast.FormattedValue) and isinstance(text, ast.JoinedStr):
        for part in text.values:
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                yield part.value


def _statement(code: Code, node: ast.AST) -> ast.AST | None:
    while node is not None and not isinstance(node, ast.stmt):
        above = code.parent(node)
        if above is None:
            return None
        node = above
    return node


def _given(statement: ast.AST | None, place: ast.AST) -> Iterator[str]:
    """The names that a statement gives a value which this place is part of."""
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            yield from stored_in(target)
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        yield from stored_in(statement.target)
    elif isinstance(statement, ast.For | ast.AsyncFor):
        if any(below is place for below in ast.walk(statement.iter)):
            yield from stored_in(statement.target)
    elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        called = statement.value.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            yield called.value.id  # `letters.append(choice)`
