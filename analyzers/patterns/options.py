"""What `**options` give to a call, where they are spelled out."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.patterns.constants import bound_to


def in_options(code: Code, call: ast.Call, name: str) -> ast.expr | None:
    """The value that `**options` of a call hold under a name; None where none is seen."""
    for given in call.keywords:
        held = given.value if given.arg is None else None
        if held is None:
            continue
        for each in _spelled_out(code, held):
            found = _entry(code, each, name)
            if found is not None:
                return found
        if isinstance(held, ast.Name) and bound_to(code, held):
            for node in ast.walk(code.function(call) or code.tree):
                if isinstance(node, ast.Assign) and any(
                    _is_item(target, held.id, name) for target in node.targets
                ):
                    return node.value
    return None


def _spelled_out(code: Code, held: ast.expr) -> list[ast.expr]:
    if isinstance(held, ast.Attribute):
        return of_class(code, held)
    if isinstance(held, ast.Name):
        return bound_to(code, held) or [held]
    if isinstance(held, ast.Call) and code.name(held.func) != "dict":
        return _answered(code, held.func)
    return [held]


def _answered(code: Code, called: ast.expr) -> list[ast.expr]:
    """What a function of the file, or a method of its own class, says in its one `return`."""
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    is_own = isinstance(called, ast.Name) or (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id in ("self", "cls")
    )
    made = [
        node
        for node in (ast.walk(code.tree) if is_own else ())
        if isinstance(node, ast.FunctionDef)
        and node.name == name
        and isinstance(code.parent(node), ast.ClassDef) == isinstance(called, ast.Attribute)
    ]
    if len(made) != 1:
        return []
    said = [node.value for node in ast.walk(made[0]) if isinstance(node, ast.Return)]
    return [value for value in said if value is not None] if len(said) == 1 else []


def _entry(code: Code, given: ast.expr, name: str) -> ast.expr | None:
    if isinstance(given, ast.Call) and code.name(given.func) == "dict":
        return next((each.value for each in given.keywords if each.arg == name), None)
    if isinstance(given, ast.Dict):
        for key, value in zip(given.keys, given.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == name:
                return value
    return None


def of_class(code: Code, held: ast.Attribute) -> list[ast.expr]:
    """What the class says that this attribute of it is, if it says so once."""
    owner: ast.AST | None = code.parent(held)
    if isinstance(held.value, ast.Name) and held.value.id in ("self", "cls"):
        while owner is not None and not isinstance(owner, ast.ClassDef):
            owner = code.parent(owner)
    else:
        name = code.name(held.value)
        classes = (each for each in code.tree.body if isinstance(each, ast.ClassDef))
        owner = next((each for each in classes if each.name == name), None)
    found = [
        node.value
        for node in (() if owner is None else ast.walk(owner))
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.value is not None
        and any(_is_named(target, held.attr) for target in _targets(node))
    ]
    return found if len(found) == 1 else []


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _is_named(target: ast.expr, name: str) -> bool:
    if isinstance(target, ast.Attribute):
        return target.attr == name
    return isinstance(target, ast.Name) and target.id == name


def _is_item(target: ast.expr, of: str, key: str) -> bool:
    return (
        isinstance(target, ast.Subscript)
        and isinstance(target.value, ast.Name)
        and target.value.id == of
        and isinstance(target.slice, ast.Constant)
        and target.slice.value == key
    )
