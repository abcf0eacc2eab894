"""One pass over a tree for all rules: the nodes by kind, and what holds each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

_LEAVES = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
# Half of the time of a walk goes to fields that hold no nodes with a place. `arg` and `ops` hold
# none in any kind of node.
_WITHOUT_NODES = frozenset(
    {"ctx", "op", "ops", "id", "attr", "arg", "lineno", "kind", "type_comment"}
)
FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    kind: tuple(name for name in kind._fields if name not in _WITHOUT_NODES)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST)
}
FIELDS[ast.Constant] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """Nodes that have a place, by their exact kind, and the parent of every node."""

    by_kind: dict[type[ast.AST], list[ast.AST]] = field(default_factory=dict)
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)


def walk(tree: ast.Module, first: int = 1, last: int | None = None) -> Walk:
    """What lies in the lines `first` to `last`; a statement outside of them is not entered."""
    found = Walk()
    by_kind, parents = found.by_kind, found.parents
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        kind = node.__class__
        if "lineno" in node.__dict__:
            by_kind.setdefault(kind, []).append(node)
        for name in FIELDS.get(kind, kind._fields):
            below = getattr(node, name, None)
            if below.__class__ is list:
                for each in below:
                    if isinstance(each, ast.AST) and _is_wanted(each, first, last):
                        parents[each] = node
                        todo.append(each)
            elif isinstance(below, ast.AST) and not isinstance(below, _LEAVES):
                parents[below] = node
                todo.append(below)
    return found


def _is_wanted(node: ast.AST, first: int, last: int | None) -> bool:
    if last is None or not isinstance(node, ast.stmt):
        return True
    begin = node.lineno
    for decorator in getattr(node, "decorator_list", ()):
        begin = min(begin, decorator.lineno)
    return begin <= last and (node.end_lineno or begin) >= first


def import_statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import of the tree, in the order of the text; expressions are not entered."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
            continue
        below: list[ast.AST] = []
        for name in ("body", "handlers", "orelse", "finalbody", "cases"):
            inside = getattr(node, name, None)
            if inside.__class__ is list:
                below += inside
        todo += reversed(below)
