"""What an expression is known to be without running it: literals, and names bound once to one."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

from analyzers.code import Code
from analyzers.walk import FIELDS


class Unknown(Enum):
    """The value of an expression that is not known."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN
_Scope = ast.AST | None  # A function, a class, or the module.
# None stands for what cannot be told: a parameter, a loop, an import, `with`.
_Bindings = dict[str, list[ast.expr | None]]
_BINDINGS: WeakKeyDictionary[Code, dict[_Scope, _Bindings]] = WeakKeyDictionary()
_OPEN_SCOPES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_NAMED = (
    ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    | ast.MatchAs | ast.MatchStar | ast.ExceptHandler
)  # fmt: skip
_BINDS = _OPEN_SCOPES | {
    ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor,
    ast.comprehension, ast.withitem, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.arg,
    ast.MatchAs, ast.MatchStar, ast.ExceptHandler,
}  # fmt: skip
# Nor does what is in them. A name that is given a value hangs below what binds it.
_BIND_NOTHING = frozenset({ast.Name, ast.Constant, str, type(None)})
_MAX_DEPTH = 8
_MAX_TEXT = 10_000
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}


def value_of(code: Code, node: ast.expr | None, depth: int = 0) -> Any:
    """The value of an expression made of literals, else `UNKNOWN`.

    A name counts as what it is bound to where it is bound once, or always to the same.
    """
    if node is None or depth > _MAX_DEPTH:
        return UNKNOWN
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return _bound_value(code, node, depth)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        value = value_of(code, node.operand, depth + 1)
        if value is UNKNOWN:
            return UNKNOWN
        if isinstance(node.op, ast.Not):
            return not value
        return -value if isinstance(value, int | float) else UNKNOWN
    if isinstance(node, ast.BinOp):
        return _combined(code, node, depth)
    return UNKNOWN


def text_of(code: Code, node: ast.expr | None) -> str | None:
    """The value where it is a string."""
    value = value_of(code, node)
    return value if isinstance(value, str) else None


def number_of(code: Code, node: ast.expr | None) -> int | None:
    """The value where it is an integer."""
    value = value_of(code, node)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def is_literal(code: Code, node: ast.expr) -> bool:
    """Whether bytes or a text are spelled out, encoded or repeated perhaps."""
    if isinstance(node, ast.Name):
        bound = bound_to(code, node)
        return bool(bound) and all(_is_spelled_out(each) for each in bound or ())
    return _is_spelled_out(node)


def _is_spelled_out(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes) and len(node.value) > 0
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = (node.left, node.right)
        return all(isinstance(side, ast.Constant) for side in sides)
    if isinstance(node, ast.Call):
        # "abc".encode(), bytes(16), bytes.fromhex("00")
        called = node.func
        if isinstance(called, ast.Attribute):
            text = called.value if called.attr == "encode" else next(iter(node.args), None)
            known = called.attr in ("encode", "fromhex", "unhexlify")
            return known and text is not None and _is_spelled_out(text)
        number = next(iter(node.args), None)
        return (
            isinstance(called, ast.Name)
            and called.id in ("bytes", "bytearray")
            and isinstance(number, ast.Constant)
        )
    return False


def bound_to(code: Code, name: ast.Name) -> list[ast.expr] | None:
    """All expressions that a name is bound to in its scope; None where others may be."""
    scope: _Scope = code.function(name)
    bound = _bindings(code, scope).get(name.id)
    while bound is None and scope is not None:
        scope = code.function(scope)
        bound = _bindings(code, scope).get(name.id)
    if bound is None or None in bound:
        return None
    return [node for node in bound if node is not None]


def _bound_value(code: Code, name: ast.Name, depth: int) -> Any:
    bound = bound_to(code, name)
    if not bound:
        return UNKNOWN
    values = [value_of(code, node, depth + 1) for node in bound]
    first = values[0]
    same = all(type(value) is type(first) and value == first for value in values)
    return first if same else UNKNOWN


def _combined(code: Code, node: ast.BinOp, depth: int) -> Any:
    operation = _OPERATORS.get(type(node.op))
    left = value_of(code, node.left, depth + 1)
    right = value_of(code, node.right, depth + 1)
    numbers = isinstance(left, int) and isinstance(right, int)
    texts = type(left) is type(right) and isinstance(left, str | bytes)
    if operation is None or not (numbers or (texts and isinstance(node.op, ast.Add))):
        return UNKNOWN
    if numbers and max(abs(left), abs(right)) > 1 << 64:
        return UNKNOWN
    if texts and len(left) + len(right) > _MAX_TEXT:
        return UNKNOWN
    try:
        return operation(left, right)
    except ZeroDivisionError:
        return UNKNOWN


def _bindings(code: Code, scope: _Scope) -> _Bindings:
    """What is bound in a function or, for None, in the module itself."""
    known = _BINDINGS.setdefault(code, {})
    found = known.get(scope)
    if found is None:
        found = known[scope] = {}
        top: ast.AST = code.tree if scope is None else scope
        # Without recursion, for trees of any depth.
        waiting = [top]
        while waiting:
            node = waiting.pop()
            kind = node.__class__
            if node is not top:
                if kind in _BINDS:
                    _bind(found, node)
                if kind in _OPEN_SCOPES:
                    continue
            for name in FIELDS.get(kind, kind._fields):
                below = getattr(node, name, None)
                if below.__class__ is list:
                    waiting += [each for each in below if each.__class__ not in _BIND_NOTHING]
                elif isinstance(below, ast.AST) and below.__class__ not in _BIND_NOTHING:
                    waiting.append(below)
        if scope is None and "global " in code.text:
            for node in ast.walk(code.tree):
                if isinstance(node, ast.Global):
                    _bind(found, node)
    return found


def _bind(found: _Bindings, node: ast.AST) -> None:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                found.setdefault(target.id, []).append(node.value)
            else:
                _bind_names(found, target)
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and isinstance(node.target, ast.Name):
        if node.value is not None:
            found.setdefault(node.target.id, []).append(node.value)
    elif isinstance(node, ast.AugAssign | ast.For | ast.AsyncFor | ast.comprehension):
        _bind_names(found, node.target)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        _bind_names(found, node.optional_vars)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            found.setdefault(alias.asname or alias.name.partition(".")[0], []).append(None)
    elif isinstance(node, ast.Global | ast.Nonlocal):
        for name in node.names:
            found.setdefault(name, []).append(None)
    elif isinstance(node, ast.arg):
        found.setdefault(node.arg, []).append(None)
    elif isinstance(node, _NAMED) and node.name:
        found.setdefault(node.name, []).append(None)


def _bind_names(found: _Bindings, target: ast.AST) -> None:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(None)
