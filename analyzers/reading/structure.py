"""Blocks around and below logical lines, so that any sequence of indents is one Python can read.

Rows that are added, and what is added inside of rows, is remembered, and a tree of what was built
is led back to the rows and columns of the original.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from analyzers.reading.logical import Lexed, Logical

HEADS = frozenset(
    {
        *("async", "case", "class", "def", "elif", "else", "except", "finally", "for", "if"),
        *("match", "try", "while", "with"),
    }
)
# What may stand above each of these in the same column.
FOLLOWS = {
    "elif": ("if", "elif"),
    "else": ("if", "elif", "for", "while", "except"),
    "except": ("try", "except"),
    "finally": ("try", "except", "else"),
}
# The same length, and able to stand alone; `except A as a:` binds its name as `with` does.
_ALONE = {"elif": "if  ", "else": "if 1", "except": "with  ", "finally": "if    1"}
_CAPTURING = re.compile(r"except\s*(?=:)")
PLACED = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.excepthandler | ast.pattern


def is_head(line: Logical) -> bool:
    """Whether a block follows."""
    if line.word not in HEADS:
        return False
    return line.added.endswith(":") if line.added else line.final == ":"


@dataclass(slots=True)
class _Level:
    indent: str
    width: int
    previous: str = ""  # The word of the last statement in this column, "" for a simple one.


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


class _Builder:
    def __init__(self, rows: Sequence[str], lexed: Lexed, dummies: Collection[int]) -> None:
        self.rows = rows
        self.lexed = lexed
        self.dummies = dummies
        self.inserted = {row: list(there) for row, there in lexed.inserted.items()}
        self.words: dict[int, tuple[int, str]] = {}
        self.above: dict[int, list[tuple[str, bool]]] = {}
        self.levels: list[_Level] = []
        indents = "".join({rows[line.first][: line.column] for line in lexed.logicals})
        self.is_mixed = "\t" in indents and " " in indents

    def build(self) -> Built:
        if not self.lexed.logicals:
            return self._emit()
        self._heads()
        head: Logical | None = None
        for line in self.lexed.logicals:
            self._place(line, head)
            if line.added:
                self._insert(line.last, line.end_column, line.added)
            head = line if is_head(line) else None
        if head is not None:
            self._insert(head.last, head.end_column, " pass")
        while self.levels:
            self._leave(self.levels.pop(), len(self.rows))
        return self._emit()

    def _heads(self) -> None:
        """Dummy blocks for the first indent and for each smaller one that the text falls to."""
        lowest: int | None = None
        for line in self.lexed.logicals:
            indent, width = self._indent(line)
            if lowest is None:
                self.levels.append(_Level(indent, width))
            elif width < lowest:
                word = "try" if line.word in ("except", "finally") else "if"
                self.levels.append(_Level(indent, width, word))
            lowest = width if lowest is None else min(lowest, width)
            if not width:
                break
        if lowest:
            self.levels.append(_Level("", 0, "if"))
        self.levels.reverse()
        for level in self.levels[:-1]:
            text = "try:" if level.previous == "try" else "if True:"
            self._above(0, level.indent + text, is_dummy=level.previous == "if")

    def _place(self, line: Logical, head: Logical | None) -> None:
        """Opens and closes blocks until `line` may stand where it stands."""
        indent, width = self._indent(line)
        if head is not None and width <= self.levels[-1].width:
            self._insert(head.last, head.end_column, " pass")
            head = None
        while width < self.levels[-1].width:
            self._leave(self.levels.pop(), line.first)
        if width > self.levels[-1].width:
            if head is None:
                self._enter(self.levels[-1], "", line.first)
                self._above(line.first, self.levels[-1].indent + "if True:", is_dummy=True)
            self.levels.append(_Level(indent, width))
        level = self.levels[-1]
        word = line.word
        if level.previous == "@" and word not in ("@", "def", "class", "async"):
            self._leave(level, line.first)
        if word in FOLLOWS and level.previous not in FOLLOWS[word]:
            self._alone(line)
            word = "if"
        self._enter(level, word, line.first)

    def _enter(self, level: _Level, word: str, row: int) -> None:
        if level.previous == "try" and word not in ("except", "finally"):
            self._leave(level, row)
        level.previous = word

    def _leave(self, level: _Level, row: int) -> None:
        if level.previous == "try":
            self._above(row, level.indent + "finally: pass")
        elif level.previous == "@":
            self._above(row, level.indent + "def _(): pass")
        level.previous = ""

    def _alone(self, line: Logical) -> None:
        row = self.rows[line.first]
        bare = _CAPTURING.match(row, line.column)
        new = "if 1".ljust(len(bare.group())) if bare else _ALONE[line.word]
        self.words[line.first] = line.column, new

    def _indent(self, line: Logical) -> tuple[str, int]:
        indent = self.rows[line.first][: line.column].rpartition("\f")[2]
        spaces = indent.expandtabs(8)
        return (spaces if self.is_mixed else indent), len(spaces)

    def _above(self, row: int, text: str, *, is_dummy: bool = False) -> None:
        self.above.setdefault(row, []).append((text, is_dummy))

    def _insert(self, row: int, column: int, text: str) -> None:
        self.inserted.setdefault(row, []).append((column, text))

    def _emit(self) -> Built:
        built = Built(n_rows=len(self.rows))
        firsts = {line.first: line for line in self.lexed.logicals}
        erased: dict[int, list[int]] = {}
        for row, column in self.lexed.erased:
            erased.setdefault(row, []).append(column)
        for row, text in enumerate(self.rows):
            for added, is_dummy in self.above.get(row, ()):
                built.add(added, row, is_dummy=is_dummy)
            if row in self.dummies:
                built.dummies.add(len(built.rows))
            for column in erased.get(row, ()):
                text = text[:column] + " " + text[column + 1 :]
            if row in self.words:
                column, new = self.words[row]
                text = text[:column] + new + text[column + len(new) :]
            inserted = sorted(self.inserted.get(row, ()), key=lambda there: there[0])
            if self.is_mixed and row in firsts:
                column = firsts[row].column
                spaces = self._indent(firsts[row])[0]
                n_more = len(spaces) - column
                text = spaces[n_more:] + text[column:] if n_more >= 0 else spaces + text[column:]
                inserted = [(0, spaces[:n_more]), *inserted] if n_more > 0 else inserted
            if inserted:
                text = _with(text, inserted, built.inside.setdefault(len(built.rows), []))
            built.rows.append(text if text.endswith(("\n", "\r")) else text + "\n")
            built.numbers.append(row)
        end = len(self.rows[-1].rstrip("\r\n").encode())
        for added, is_dummy in self.above.get(len(self.rows), ()):
            built.add(added, len(self.rows) - 1, end, is_dummy=is_dummy)
        return built


def _with(text: str, inserted: Sequence[tuple[int, str]], inside: list[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = n_bytes = 0
    for column, new in inserted:
        before = text[at:column]
        parts += before, new
        n_bytes += len(before.encode())
        inside.append((n_bytes, len(new.encode())))
        n_bytes += len(new.encode())
        at = column
    return "".join([*parts, text[at:]])


def build(rows: Sequence[str], lexed: Lexed, dummies: Collection[int]) -> Built:
    """The rows with blocks around and below them. `dummies`: rows that were made heads."""
    return _Builder(rows, lexed, dummies).build()


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
