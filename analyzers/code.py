"""A Python text as the rules see it: its tree, its names, and where things stand in the text."""

from __future__ import annotations

import ast
import functools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import TypeVar

from analyzers.finding import Span
from analyzers.project import NO_PROJECT, Project
from analyzers.text_lines import split_lines
from analyzers.viewed import Viewed
from analyzers.walk import Walk, import_statements, walk

_Node = TypeVar("_Node", bound=ast.AST)


class Code(Viewed[ast.AST]):
    """Read by rules, changed by none.

    text: what was parsed. Spans that rules make are offsets into it; the caller moves them.
    focus: the places that findings are wanted for; `nodes` leaves out what overlaps none of them.
        None for the whole text.
    opened: the nodes that only a repair closed.
    may_be_remote: whether data from the network may be in it, for all that its words say.
    """

    def __init__(
        self,
        text: str,
        tree: ast.Module,
        focus: Span | tuple[Span, ...] | None = None,
        project: Project = NO_PROJECT,
        opened: frozenset[ast.AST] = frozenset(),
    ) -> None:
        self.text = text
        self.tree = tree
        self.focus = (focus,) if isinstance(focus, Span) else focus
        self.project = project
        self._opened = opened
        self.may_be_remote = True

    @property
    def opened(self) -> frozenset[ast.AST]:
        """The nodes that only a repair closed."""
        return self._opened

    def nodes(self, *kinds: type[_Node]) -> Iterator[_Node]:
        """The nodes of these kinds that overlap the focus, in the order of the text."""
        yield from self._of_kinds(kinds)

    def is_in_focus(self, node: ast.AST) -> bool:
        """Whether a finding at this node is asked for."""
        if self.focus is None:
            return True
        span = self.span(node)
        return any(span.overlaps(place) for place in self.focus)

    def span(self, node: ast.AST) -> Span:
        """Where a node that has a place stands in `text`."""
        return Span(
            self._offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def line(self, offset: int) -> int:
        """The line of an offset, from 1; 0 where there is none."""
        lines, starts = self._lines
        return min(bisect_right(starts, offset), len(lines))

    def place(self, offset: int) -> tuple[int, int]:
        """The line of an offset, from 1, and the column, in bytes of UTF-8."""
        line = self.line(offset)
        start = self._lines[1][line - 1] if line else 0
        return line, len(self.text[start:offset].encode()) if line else offset

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        span = self.span(node)
        return self.text[span.start : span.end]

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that holds this one."""
        above = self._walked.parents.get(node)
        return above if above is not None or self.focus is None else self._all_parents.get(node)

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The innermost function around a node."""
        above = self.parent(node)
        while above is not None and not isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef):
            above = self.parent(above)
        return above

    def name(self, node: ast.AST) -> str | None:
        """The dotted name that an expression means, through the file's imports.

        `sp.run` is "subprocess.run" under `import subprocess as sp`. None for what is no name.
        """
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return None
        parts.append(self.imports.get(node.id, node.id))
        return ".".join(reversed(parts))

    @functools.cached_property
    def focused_tree(self) -> ast.Module:
        """The statements that overlap the focus, and the imports, for engines that know no focus.

        The nodes are those of `tree` but for classes of which parts are left out.
        """
        if self.focus is None:
            return self.tree
        return ast.Module(self._focused(self.tree.body), [])

    def _focused(self, body: list[ast.stmt]) -> list[ast.stmt]:
        kept: list[ast.stmt] = []
        for statement in body:
            if isinstance(statement, ast.ClassDef) and self.is_in_focus(statement):
                inside = {name: getattr(statement, name) for name in statement._fields}
                inside["body"] = self._focused(statement.body)
                places = {name: getattr(statement, name) for name in statement._attributes}
                kept.append(ast.ClassDef(**inside, **places))
            elif self.is_in_focus(statement):
                kept.append(statement)
            else:
                kept += import_statements(statement)
        return kept

    @functools.cached_property
    def imports(self) -> dict[str, str]:
        """What each imported name of the file means, wherever in the file it is imported."""
        names: dict[str, str] = {}
        for node in import_statements(self.tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        names[alias.asname] = alias.name
                    else:
                        names.setdefault(alias.name.partition(".")[0], alias.name.partition(".")[0])
            elif isinstance(node, ast.ImportFrom):
                package = "." * node.level + (node.module or "")
                for alias in node.names:
                    names[alias.asname or alias.name] = f"{package}.{alias.name}"
        return names

    def is_open(self, node: ast.AST) -> bool:
        """Whether the text ends inside this node and only a repair closed it.

        What is missing from such a node, an argument say, may still be typed.
        """
        return node in self._opened

    @functools.cached_property
    def _walked(self) -> Walk:
        """What overlaps the focus; statements that do not are not entered."""
        if not self.focus:
            return walk(self.tree)
        starts = self._lines[1]
        first = bisect_right(starts, min(place.start for place in self.focus))
        last = bisect_left(starts, max(place.end for place in self.focus))
        return walk(self.tree, first, max(first, last))

    @functools.cached_property
    def _all_parents(self) -> dict[ast.AST, ast.AST]:
        return walk(self.tree).parents

    def _of_kinds(self, kinds: tuple[type[_Node], ...]) -> tuple[_Node, ...]:
        known = self._by_kinds.get(kinds)
        if known is None:
            found = [
                node
                for kind, nodes in self._walked.by_kind.items()
                if issubclass(kind, kinds)
                for node in nodes
                if self.is_in_focus(node)
            ]
            found.sort(key=lambda n: (n.lineno, n.col_offset))  # type: ignore[attr-defined]
            known = self._by_kinds[kinds] = tuple(found)
        return known  # type: ignore[return-value]

    @functools.cached_property
    def _by_kinds(self) -> dict[tuple[type[ast.AST], ...], tuple[ast.AST, ...]]:
        return {}

    @functools.cached_property
    def _lines(self) -> tuple[list[str], list[int]]:
        lines = split_lines(self.text)
        return lines, list(accumulate((len(line) for line in lines), initial=0))

    def _offset(self, line: int, column_utf8: int) -> int:
        lines, starts = self._lines
        if line > len(lines):
            return len(self.text)
        text = lines[line - 1]
        if not text.isascii():
            column_utf8 = len(text.encode()[:column_utf8].decode(errors="ignore"))
        return starts[line - 1] + column_utf8
