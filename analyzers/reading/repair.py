"""Rows of broken Python made readable: lines completed, split, and at last left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from analyzers.deadline import Deadline
from analyzers.reading.built import Built
from analyzers.reading.logical import Lexed, Logical, lex
from analyzers.reading.parsing import Problem, parse
from analyzers.reading.structure import HEADS, build, is_head

MOST_UNREAD_LINES = 12
MOST_CHARACTERS = 200_000  # To be read over all tries, or this many times those of the rows:
FEWEST_TRIES = 6
MOST_OPENED = 4  # Brackets that were open before the text.
_BEFORE = {
    "elif": "if 1: pass\n",
    "else": "if 1: pass\n",
    "except": "try: pass\n",
    "finally": "try: pass\n",
    "case": "match 1:\n ",
}
_AFTER = {"try": "\nfinally: pass", "@": "\ndef _(): pass", "match": "\n case _: pass"}
_ENDS = ("_", " _", ": _", " else _", " import _", " _ import _", "=_", "_: _")
_WORDS = ("and", "as", "else", "for", "if", "import", "in", "is", "not", "or")
_HEAD_ENDS = (
    *(("", ":"), ("_", ":"), (" _", ":"), ("", "():"), (" _", "():"), ("", " in _:")),
    *((" _", " in _:"), (" _ in _", ":"), (" else _", ":")),
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The lines of a text, or of a part of it that begins at the row `first`.

    kept: the rows that may not be left out.
    cursor: the row and column (code points) where something is being typed.
    may_be_newer: whether there may be syntax that the host does not know.
    deadline: when to give up.
    """

    texts: Sequence[str]
    kept: frozenset[int] = frozenset()
    cursor: tuple[int, int] | None = None
    first: int = 0
    may_be_newer: bool = True
    deadline: Deadline | None = None

    @property
    def is_over(self) -> bool:
        """Whether it is time to give up."""
        return self.deadline is not None and self.deadline.is_over

    def part(self, start: int, end: int) -> Rows:
        """Those from `start` to below `end`."""
        cursor = None
        if self.cursor is not None and start <= self.cursor[0] < end:
            cursor = self.cursor[0] - start, self.cursor[1]
        kept = frozenset(row - start for row in range(start, end) if row in self.kept)
        return replace(
            self, texts=self.texts[start:end], kept=kept, cursor=cursor, first=self.first + start
        )


class Repair:
    """One way to read the rows.

    quotes: what opens a string before the first of them.
    opened: what opens the brackets before the first of them, the outermost first.
    """

    def __init__(self, rows: Rows, quotes: str = "", opened: Sequence[str] = ()) -> None:
        self.source = rows
        self.rows = list(rows.texts)
        self.kept = rows.kept
        self.cursor = rows.cursor
        self.opened = opened
        self.unread: set[int] = set()
        self.dummies: set[int] = set()
        self.closed: set[int] = set()
        self.cut_row: int | None = None
        self.n_characters_left = max(MOST_CHARACTERS, FEWEST_TRIES * sum(map(len, self.rows)))
        self.opening: tuple[int, int] | None = None  # The row and column of `quotes`.
        if quotes:
            row = next(i for i, text in enumerate(self.rows) if text.strip())
            text = self.rows[row]
            column = len(text) - len(text.lstrip())
            self.opening = row, column
            self.rows[row] = text[:column] + quotes + text[column:]
            if self.cursor is not None and self.cursor[0] == row:
                self.cursor = row, self.cursor[1] + len(quotes)

    def run(self) -> Built | None:
        """Rows that Python reads, None if they cannot be had; `unread` says what was left out."""
        lexed = self._lex()
        while self.n_characters_left > 0 and not self.source.is_over:
            if all(line.first in self.dummies for line in lexed.logicals) and self.unread:
                return None  # Nothing left is nothing read.
            built = build(self.rows, lexed, self.dummies)
            tree = self._parse(built.text)
            if isinstance(tree, ast.Module):
                if self.opening is not None:
                    row = _index(built, self.opening[0])
                    built.inside.setdefault(row, []).insert(0, (self.opening[1], 3))
                return built
            line = _at(lexed, built, tree)
            if line is None:
                return None
            if self._completed(lexed, line):
                continue
            is_broken = not self._is_statement(lexed, line)
            if not (self._split(line) or (is_broken and self._cut(line))):
                if is_broken and not self._may_leave_out(line):
                    return None
                if not self._leave_out(lexed, line):
                    return None
            lexed = self._lex()
        return None

    def _parse(self, text: str) -> ast.Module | Problem:
        self.n_characters_left -= len(text)
        return parse(text, may_be_newer=self.source.may_be_newer)

    def _lex(self) -> Lexed:
        self.n_characters_left -= sum(map(len, self.rows))
        opened = list(self.opened)
        lexed = lex(self.rows, self.closed, opened)
        while lexed.stray and len(opened) < MOST_OPENED:
            opened.insert(0, lexed.stray)
            lexed = lex(self.rows, self.closed, opened)
        return lexed

    def _completed(self, lexed: Lexed, line: Logical) -> bool:
        """Whether the line could not be read alone, and now can."""
        if line.is_tested:
            return False
        line.is_tested = True
        if self._is_statement(lexed, line):
            return False
        for middle, tail in _endings(line):
            line.middle, line.tail = middle, tail
            if self._is_statement(lexed, line):
                return True
        line.middle = line.tail = ""
        for row, column, added, end in self._insertions(line):
            lexed.insert(row, column, added)
            line.tail = end
            if self._is_statement(lexed, line):
                return True
            lexed.inserted[row].pop()
            line.tail = ""
        return False

    def _insertions(self, line: Logical) -> Iterator[tuple[int, int, str, str]]:
        if line.word in ("print", "exec"):  # Statements of Python 2.
            yield line.first, line.column + len(line.word), "(", ")"
        if self.cursor is not None and self.cursor[0] in line.rows:
            row, column = self.cursor
            before, behind = self.rows[row][:column][-1:], self.rows[row][column:][:1]
            for added in _ENDS:
                is_glued = before.isidentifier() and added[0] == "_"
                if not (is_glued or behind.isidentifier()):
                    yield row, column, added, ""

    def _is_statement(self, lexed: Lexed, line: Logical) -> bool:
        if self.n_characters_left <= 0:
            return False
        parts = [_BEFORE.get(line.word, "")]
        for row in line.rows:
            text = self.rows[row]
            changes = [(column, column + 1, " ") for r, column in lexed.erased if r == row]
            changes += [(column, column, new) for column, new in lexed.inserted.get(row, ())]
            end = len(text)
            if row == line.last:
                end = line.end_column
                changes.append((end, end, line.added))
            at = line.column if row == line.first else 0
            for start, stop, new in sorted(changes, key=lambda change: change[0]):
                parts += text[at:start], new
                at = stop
            parts.append(text[at:end])
        parts.append(" pass" if is_head(line) and line.word != "match" else "")
        parts.append(_AFTER.get(line.word, ""))
        return isinstance(self._parse("".join(parts)), ast.Module)

    def _split(self, line: Logical) -> bool:
        """Closes the brackets of a line of many rows above the row that most looks new."""
        inner = [row for row in line.rows if row not in self.closed and row != line.last]
        if not inner:
            return False
        likely = (row for row in inner if self._begins_statement(row + 1, line.column))
        self.closed.add(next(likely, inner[0]))
        return True

    def _begins_statement(self, row: int, column: int) -> bool:
        text = self.rows[row]
        words = text.lstrip()
        return bool(words) and len(text) - len(words) <= column and words[0] not in ")]}#"

    def _may_leave_out(self, line: Logical) -> bool:
        return line.first not in self.dummies and not any(row in self.kept for row in line.rows)

    def _leave_out(self, lexed: Lexed, line: Logical) -> bool:
        """Leaves out the line, or the nearest one above or below that may be."""
        at = lexed.logicals.index(line)
        by_distance = sorted(range(len(lexed.logicals)), key=lambda i: (abs(i - at), i))
        victims = (lexed.logicals[i] for i in by_distance)
        victim = next((line for line in victims if self._may_leave_out(line)), None)
        if victim is None or len(self.unread) + len(victim.rows) > MOST_UNREAD_LINES:
            return False
        self.unread.update(victim.rows)
        indent = self.rows[victim.first][: victim.column]
        for row in victim.rows:
            self.rows[row] = self._blank(row)
        if is_head(victim):
            self.rows[victim.first] = indent + "if True:\n"
            self.dummies.add(victim.first)
        return True

    def _blank(self, row: int) -> str:
        # A lone CR above would be one line end with a LF.
        return " \n" if row > 0 and self.rows[row - 1].endswith("\r") else "\n"

    def _cut(self, line: Logical) -> bool:
        """Takes out what stands behind the cursor in its row."""
        if self.cursor is None or self.cut_row is not None or self.cursor[0] not in line.rows:
            return False
        if not any(row in self.kept for row in line.rows):
            return False
        row, column = self.cursor
        self.cut_row = row
        self.rows[row] = self.rows[row][:column] + "\n" if column else self._blank(row)
        return True


def _index(built: Built, row: int) -> int:
    """Which of what was built is this row of the original."""
    return next(i for i, n in enumerate(built.numbers) if n == row and i not in built.added)


def _at(lexed: Lexed, built: Built, problem: Problem) -> Logical | None:
    """The logical line at which the parser stopped, or the one above."""
    number = built.numbers[min(max(problem.line - 1, 0), len(built.numbers) - 1)]
    found = None
    for line in lexed.logicals:
        if line.first > number and found is not None:
            break
        found = line
    return found


def _endings(line: Logical) -> Iterator[tuple[str, str]]:
    """What may be missing at the end of the line: in front of what closes it, and behind that."""
    is_word = line.final[-1:].isidentifier() and not line.quote
    words = (word for word in _WORDS if word.startswith(line.final) and word != line.final)
    typed = [word.removeprefix(line.final) + " _" for word in words]
    ends = [*(end for end in _ENDS if not (is_word and end[0] == "_")), *typed]
    if line.final[:1].isdigit():
        ends += "0", "0: _"  # `0x` and `1e`.
    if line.word in HEADS:
        yield from (end for end in _HEAD_ENDS if not (is_word and end[0][:1] == "_"))
        if line.final != ":":
            yield from ((end, ":") for end in typed)
            return
    yield from ((end, "") for end in ends)
