"""Rows made from a text, and the way back from a tree of theirs to the places of the text."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from analyzers.reading.places import PLACED


@dataclass(slots=True)
class Built:
    """Rows that Python may be able to read, and how they come from the original's.

    numbers: the original row of each; for an added one that of the row below.
    added: the added rows, each with the column of the original that stands for all of it.
    inside: by row, the columns (UTF-8 bytes) and lengths of what was added inside of it.
    dummies: rows that are no more than the head of a block.
    n_rows: how many rows the original has.
    """

    rows: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    added: dict[int, int] = field(default_factory=dict)
    inside: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    dummies: set[int] = field(default_factory=set)
    n_rows: int = 0

    @property
    def text(self) -> str:
        """What was built."""
        return "".join(self.rows)

    def add(self, text: str, number: int, column: int = 0, *, is_dummy: bool = False) -> None:
        """A row that the original lacks."""
        self.added[len(self.rows)] = column
        if is_dummy:
            self.dummies.add(len(self.rows))
        self.rows.append(text + "\n")
        self.numbers.append(number)


def joined(pieces: Sequence[Built]) -> Built:
    """What was built piece by piece, one below the other."""
    whole = Built()
    n_rows = 0
    for piece in pieces:
        base = len(whole.rows)
        whole.rows += piece.rows
        whole.numbers += [number + n_rows for number in piece.numbers]
        whole.added.update({base + row: column for row, column in piece.added.items()})
        whole.inside.update({base + row: there for row, there in piece.inside.items()})
        whole.dummies.update(base + row for row in piece.dummies)
        n_rows += piece.n_rows
    return whole


def lead_back(tree: ast.Module, built: Built) -> frozenset[ast.AST]:
    """Moves a tree of what was built to the original's places and takes the dummies out.

    Returns:
        The nodes that end in what was added.
    """
    _unwrap(tree, built)
    is_moved = bool(built.added)
    opened: set[ast.AST] = set()
    for node in ast.walk(tree):
        if not isinstance(node, PLACED) or node.end_lineno is None:
            continue
        first, last = node.lineno - 1, node.end_lineno - 1
        if last in built.added:
            opened.add(node)
            node.end_col_offset = built.added[last]
        elif last in built.inside:
            end, is_open = _back(node.end_col_offset or 0, built.inside[last], is_end=True)
            node.end_col_offset = end
            if is_open:
                opened.add(node)
        if first in built.added:
            node.col_offset = built.added[first]
        elif first in built.inside:
            node.col_offset = _back(node.col_offset, built.inside[first], is_end=False)[0]
        if is_moved:
            node.lineno = built.numbers[first] + 1
            node.end_lineno = built.numbers[last] + 1
    return frozenset(opened)


def _back(column: int, inside: Sequence[tuple[int, int]], *, is_end: bool) -> tuple[int, bool]:
    """The column without what was added, and whether it stood in there."""
    n_added = 0
    for start, length in inside:
        if column < start or (is_end and column == start):
            break
        if column < start + length or (is_end and column == start + length):
            return start - n_added, True
        n_added += length
    return column - n_added, False


def _unwrap(tree: ast.Module, built: Built) -> None:
    if not built.dummies:
        return
    for node in list(ast.walk(tree)):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and any(_is_dummy(below, built) for below in block):
                setattr(node, name, list(_unwrapped(block, built)))


def _unwrapped(block: Sequence[ast.stmt], built: Built) -> list[ast.stmt]:
    pending, out = list(reversed(block)), []
    while pending:
        statement = pending.pop()
        if isinstance(statement, ast.If) and _is_dummy(statement, built):
            pending += reversed([*statement.body, *statement.orelse])
        else:
            out.append(statement)
    return out


def _is_dummy(node: ast.AST, built: Built) -> bool:
    return isinstance(node, ast.If) and node.lineno - 1 in built.dummies
