"""The calls of a text by the dotted name of what is called, found once for all rules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from analyzers.code import Code


@dataclass(frozen=True, slots=True)
class _Calls:
    by_name: dict[str, list[ast.Call]] = field(default_factory=dict)
    by_method: dict[str, list[ast.Call]] = field(default_factory=dict)


_CALLS: WeakKeyDictionary[Code, _Calls] = WeakKeyDictionary()


def named(code: Code, *names: str) -> Iterator[ast.Call]:
    """The calls of these functions, by their dotted names through the file's imports."""
    by_name = _calls(code).by_name
    for name in names:
        yield from by_name.get(name, ())


def methods(code: Code, *names: str) -> Iterator[ast.Call]:
    """The calls of an attribute with one of these names, whatever it is an attribute of."""
    by_method = _calls(code).by_method
    for name in names:
        yield from by_method.get(name, ())


def names(code: Code) -> Iterator[tuple[str, ast.Call]]:
    """Every call that has a dotted name, with it."""
    for name, calls in _calls(code).by_name.items():
        for call in calls:
            yield name, call


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((given.value for given in call.keywords if given.arg == name), None)


def argument(call: ast.Call, position: int, name: str) -> ast.expr | None:
    """The value of a parameter, given by its position or its name."""
    head = call.args[: position + 1]
    if len(head) > position and not any(isinstance(given, ast.Starred) for given in head):
        return head[position]
    return keyword(call, name)


def may_have_more(code: Code, call: ast.Call) -> bool:
    """Whether arguments that are not seen may be given all the same.

    Through `*` and `**`, or because the text ends inside the call.
    """
    return (
        code.is_open(call)
        or any(given.arg is None for given in call.keywords)
        or any(isinstance(given, ast.Starred) for given in call.args)
    )


def _calls(code: Code) -> _Calls:
    found = _CALLS.get(code)
    if found is None:
        found = _CALLS[code] = _Calls()
        for call in code.nodes(ast.Call):
            name = code.name(call.func)
            if name is not None:
                found.by_name.setdefault(name, []).append(call)
            if isinstance(call.func, ast.Attribute):
                found.by_method.setdefault(call.func.attr, []).append(call)
    return found
