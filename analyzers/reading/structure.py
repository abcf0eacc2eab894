"""Blocks around and below logical lines, so that any sequence of indents is one Python can read.

Blocks without a body get one, a `try` gets an end, and what continues a block that is not there,
such as an `else`, becomes a block of its own. No token that stays moves within its row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from analyzers.reading.built import Built
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
    "else": ("if", "elif", "for", "while", "except", "except:"),
    "except": ("try", "except"),
    "finally": ("try", "except", "except:", "else of try"),
}
# What has to stand below each of these in the same column.
_GOES_ON = {"try": ("except", "except:", "finally"), "@": ("@", "def", "class", "async")}
# The same length, and able to stand alone; `except A as a:` binds its name as `with` does.
_ALONE = {"elif": "if  ", "else": "if 1", "except": "with  ", "finally": "if    1"}
_BARE = re.compile(r"except\s*(?=:)")


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
        if word in FOLLOWS and level.previous not in FOLLOWS[word]:
            word = self._alone(line).split()[0]
        elif word == "else":
            word = "else of try" if level.previous.startswith("except") else ""
        elif word == "except" and _BARE.match(self.rows[line.first], line.column):
            word = "except:"
        self._enter(level, word, line.first)

    def _enter(self, level: _Level, word: str, row: int) -> None:
        goes_on = _GOES_ON.get(level.previous)
        if goes_on is not None and word not in goes_on:
            self._leave(level, row)
        level.previous = word

    def _leave(self, level: _Level, row: int) -> None:
        if level.previous == "try":
            self._above(row, level.indent + "finally: pass")
        elif level.previous == "@":
            self._above(row, level.indent + "def _(): pass")
        level.previous = ""

    def _alone(self, line: Logical) -> str:
        """Makes a block of its own of what continues none, and says how it begins."""
        row = self.rows[line.first]
        bare = _BARE.match(row, line.column)
        new = "if 1".ljust(len(bare.group())) if bare else _ALONE[line.word]
        self.words[line.first] = line.column, new
        return new

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
                start = text.rfind("\f", 0, column) + 1
                n_more = len(spaces) - (column - start)
                text = text[:start] + spaces[n_more:] + text[column:]
                inserted = [(start, spaces[:n_more]), *inserted] if n_more else inserted
            if inserted:
                text = _with(text, inserted, built.inside.setdefault(len(built.rows), []))
            # A lone CR would be one line end with the LF of an empty row below.
            built.rows.append(text if text.endswith("\n") else text.removesuffix("\r") + "\n")
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
