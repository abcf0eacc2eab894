"""Finds the nodes that a finding speaks of: rules are free in which node they mark."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TypeVar
from weakref import WeakKeyDictionary

from analyzers.code import Code
from analyzers.finding import Finding, Span
from analyzers.fixes.placed_nodes import PlacedNodes

_Node = TypeVar("_Node", bound=ast.AST)
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


def marked(
    code: Code, finding: Finding, kind: type[_Node], wanted: Callable[[_Node], bool]
) -> _Node | None:
    """The node of this kind that `finding` speaks of and that is wanted.

    Asked in this order: the node at its very span, the outermost inside of it, the innermost around
    it, then any of its statement, then those of its steps, last step first.
    """
    spans = [finding.span, *(step.span for step in reversed(finding.steps))]
    for span in spans:
        near = [node for node in nodes_on_lines(code, span) if isinstance(node, kind)]
        for node in _nearest(code, near, span):
            if wanted(node):
                return node
    return None


def placed_nodes(code: Code) -> list[ast.AST]:
    """Every node that has a place, in focus or not."""
    return _placed(code).nodes


def nodes_on_lines(code: Code, span: Span) -> list[ast.AST]:
    """The nodes on the lines of a span; their exact places cost more to find out."""
    return _placed(code).on_lines(code.line(span.start), code.line(span.end))


def _placed(code: Code) -> PlacedNodes:
    known = _PLACED.get(code)
    if known is None:
        known = _PLACED[code] = PlacedNodes(code.tree)
    return known


_PLACED: WeakKeyDictionary[Code, PlacedNodes] = WeakKeyDictionary()


def _nearest(code: Code, nodes: list[_Node], span: Span) -> Iterator[_Node]:
    placed = [(code.span(node), node) for node in nodes]
    placed.sort(key=lambda pair: (pair[0].start, -pair[0].end))
    yield from (node for at, node in placed if at == span)
    yield from (node for at, node in placed if span.start <= at.start and at.end <= span.end)
    around = [pair for pair in placed if pair[0].start <= span.start and span.end <= pair[0].end]
    yield from (node for _, node in reversed(around) if not isinstance(node, ast.stmt))
    line = code.line(span.start)
    yield from (node for _, node in placed if node.lineno == line)  # type: ignore[attr-defined]


def call(code: Code, finding: Finding, *names: str) -> ast.Call | None:
    """The call that `finding` speaks of, by the dotted names that may be called."""
    return marked(code, finding, ast.Call, lambda node: code.name(node.func) in names)


def method(code: Code, finding: Finding, *names: str) -> ast.Call | None:
    """The call that `finding` speaks of, by the last part of what may be called."""
    return marked(code, finding, ast.Call, lambda node: last_name(node.func) in names)


def last_name(node: ast.AST) -> str:
    """`c` of `a().b.c` and of `c`; empty for what has no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keyword(node: ast.Call, name: str) -> ast.keyword | None:
    """The argument given by this name."""
    return next((given for given in node.keywords if given.arg == name), None)


def argument(node: ast.Call, position: int, name: str) -> ast.expr | None:
    """The argument at this position or of this name."""
    given = keyword(node, name)
    if given is not None:
        return given.value
    before = node.args[: position + 1]
    if len(before) <= position or any(isinstance(arg, ast.Starred) for arg in before):
        return None
    return before[position]


def statement(code: Code, node: ast.AST) -> ast.stmt:
    """The innermost statement that a node is part of."""
    at: ast.AST | None = node
    while at is not None and not isinstance(at, ast.stmt):
        at = code.parent(at)
    assert at is not None, "every expression is part of a statement"
    return at


def block(code: Code, inner: ast.stmt) -> list[ast.stmt]:
    """The statements among which this one stands."""
    above = code.parent(inner)
    for _, value in ast.iter_fields(above) if above is not None else ():
        if isinstance(value, list) and any(item is inner for item in value):
            return value
    return [inner]


def scope(code: Code, node: ast.AST) -> Scope:
    """The function around a node, or the module."""
    return code.function(node) or code.tree


def bindings(code: Code, within: Scope, name: str) -> list[ast.stmt] | None:
    """The assignments to a name in a scope, in order; None where anything else may bind it."""
    found: list[ast.stmt] = []
    for node in ast.walk(within):
        if isinstance(node, ast.arg) and node.arg == name:
            return None
        if isinstance(node, ast.Global | ast.Nonlocal) and name in node.names:
            return None
        if not (isinstance(node, ast.Name) and node.id == name):
            continue
        if isinstance(node.ctx, ast.Load) or scope(code, node) is not within:
            continue
        above = code.parent(node)
        if not isinstance(above, ast.Assign | ast.AnnAssign | ast.AugAssign) or (
            isinstance(above, ast.Assign) and len(above.targets) != 1
        ):
            return None
        found.append(above)
    return sorted(found, key=lambda node: node.lineno)


def loads(within: ast.AST, name: str) -> list[ast.Name]:
    """Where a name is read."""
    return [
        node
        for node in ast.walk(within)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
