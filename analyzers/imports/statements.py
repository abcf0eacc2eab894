"""The import statements of a file: which module each names, where, and how much depends on it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analyzers.code import Code
from analyzers.finding import Edit, Fix, Span

_FROM = re.compile(r"from[\s\\]*[.\s]*")
_GUARDS = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
Guard = Literal["none", "caught", "types"]


@dataclass(frozen=True, slots=True)
class Imported:
    """One module that a statement names.

    module: as written, without leading dots; empty for `from . import x`.
    level: the number of leading dots.
    span: of the module's name, dots left out.
    bound: the name that `import` binds; None for `from`, which binds others.
    """

    node: ast.Import | ast.ImportFrom
    module: str
    level: int
    span: Span
    bound: str | None

    @property
    def top(self) -> str:
        """The top-level module."""
        return self.module.partition(".")[0]


def imported(code: Code) -> Iterator[Imported]:
    """Every module that an import statement in focus names, `from` first."""
    for node in code.nodes(ast.ImportFrom):
        if not code.is_open(node):
            yield Imported(node, node.module or "", node.level, _module_span(code, node), None)
    for statement in code.nodes(ast.Import):
        for alias in () if code.is_open(statement) else statement.names:
            start = code.span(alias).start
            span = Span(start, start + len(alias.name))
            bound = alias.asname or alias.name.partition(".")[0]
            yield Imported(statement, alias.name, 0, span, bound)


def guard(code: Code, node: ast.AST) -> Guard:
    """Whether a failed import is "caught", or only a type checker sees it ("types")."""
    for_types = False
    below, above = node, code.parent(node)
    while above is not None:
        if isinstance(above, ast.Try):
            if below in above.body and any(map(_catches, above.handlers)):
                return "caught"
        elif isinstance(above, ast.ExceptHandler):
            if _catches(above):  # Here stands the second choice after a failed import.
                return "caught"
        elif isinstance(above, ast.If):
            for_types |= "TYPE_CHECKING" in code.source(above.test)
        elif isinstance(above, ast.With) and any(
            "suppress" in code.source(item.context_expr) for item in above.items
        ):
            return "caught"
        below, above = above, code.parent(above)
    return "types" if for_types else "none"


def renamed(code: Code, one: Imported, module: str) -> Fix | None:
    """The import and every use of the name it binds, with the real module's name.

    None where the name is also bound otherwise, since then not every use means the module.
    """
    edits = [Edit(Span(one.span.start, one.span.start + len(one.top)), module)]
    if isinstance(one.node, ast.Import) and one.bound == one.top:
        for node in ast.walk(code.tree):
            if isinstance(node, ast.Name) and node.id == one.top:
                if not isinstance(node.ctx, ast.Load):
                    return None
                edits.append(Edit(code.span(node), module))
            elif isinstance(node, ast.arg) and node.arg == one.top:
                return None
    edits.sort(key=lambda edit: edit.span)
    return Fix(f"import {module}", tuple(edits))


def _module_span(code: Code, node: ast.ImportFrom) -> Span:
    span = code.span(node)
    match = _FROM.match(code.text, span.start, span.end)
    start = match.end() if match else span.start
    return Span(start, start + len(node.module or ""))


def _catches(handler: ast.ExceptHandler) -> bool:
    last = handler.body[-1]
    if isinstance(last, ast.Raise):
        again = last.exc
        if again is None or (isinstance(again, ast.Name) and again.id == handler.name):
            return False  # The import fails all the same.
    if handler.type is None:
        return True
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any((kind.id if isinstance(kind, ast.Name) else "") in _GUARDS for kind in kinds)
