"""What can be read of half-typed and cut-out Python.

Lines are completed at their ends, blocks are put around what lacks them, and what still cannot be
read is left out, a logical line at a time. The tree stands in the text as it was given.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.finding import Span
from analyzers.reading.logical import Lexed, Logical, lex
from analyzers.reading.parsing import Problem, parse
from analyzers.reading.places import line_starts
from analyzers.reading.structure import Built, build, is_head, lead_back

MOST_UNREAD_LINES = 12
MOST_TRIES = 40
MOST_OPENED = 4  # Brackets that were open before the text.
_TRIPLE = re.compile(r"\"{3}|'{3}")
_NO_SOURCE = re.compile("[\0\ud800-\udfff]")
_BEFORE = {
    "elif": "if 1: pass\n",
    "else": "if 1: pass\n",
    "except": "try: pass\n",
    "finally": "try: pass\n",
    "case": "match 1:\n ",
}
_AFTER = {"try": "\nfinally: pass", "@": "\ndef _(): pass", "match": "\n case _: pass"}
_ENDS = ("_", " _", ": _", " else _", " import _", " _ import _", "=_", "_: _")
_HEAD_ENDS = (
    *(("", ":"), ("_", ":"), (" _", ":"), ("", "():"), (" _", "():"), ("", " in _:")),
    *((" _", " in _:"), (" _ in _", ":"), (" else _", ":")),
)
_HEADS = frozenset("async case class def elif else except finally for if match try while with".split())


@dataclass(frozen=True, slots=True)
class Tolerant:
    """A tree of what could be read, in the lines and columns of the text as it was given.

    left_out: the lines (from 1) that were not read, none of them of the kept span.
    open: the nodes that only the repair closed; what they lack may still be typed.
    is_repaired: whether the text was not read just as it stands.
    """

    tree: ast.Module
    left_out: tuple[int, ...] = ()
    open: frozenset[ast.AST] = frozenset()
    is_repaired: bool = False


def parse_tolerant(text: str, keep: Span | None = None) -> Tolerant | Problem:
    """The tree of as much of `text` as can be read, all of `keep` at least. Never raises."""
    tree = parse(text)
    if isinstance(tree, ast.Module):
        return Tolerant(tree)
    try:
        return _repaired(_NO_SOURCE.sub(_stand_in, text), keep) or tree
    except RecursionError:
        return Problem("nested too deeply")


def _stand_in(found: re.Match[str]) -> str:
    """Of as many bytes."""
    return " " if found.group() == "\0" else "\ufffd"


def _repaired(text: str, keep: Span | None) -> Tolerant | None:
    if text.startswith("\ufeff"):
        # White space of as many bytes would be an indent, so the first line is indented.
        text = "   " + text[1:]
        keep = keep and Span(keep.start + 2, keep.end + 2)
    starts = line_starts(text)
    rows = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    kept, cursor = _kept(rows, starts, keep)
    quotes = _quotes_of_tail(rows)
    if quotes:
        tail = _Repair(rows, kept, cursor, quotes).run()
        if tail is not None:
            return tail
    return _Repair(rows, kept, cursor).run()


def _kept(
    rows: list[str], starts: list[int], keep: Span | None
) -> tuple[frozenset[int], tuple[int, int] | None]:
    """The rows that hold a character of the span that is no white space, and where it ends."""
    if keep is None:
        return frozenset(), None
    kept, cursor = set(), None
    for i, (row, start) in enumerate(zip(rows, starts, strict=True)):
        if row[max(keep.start - start, 0) : max(keep.end - start, 0)].strip():
            kept.add(i)
        if start <= keep.end <= start + len(row):
            cursor = cursor or (i, keep.end - start)
    return frozenset(kept), cursor


def _quotes_of_tail(rows: list[str]) -> str:
    """The three quotes whose string was begun before the text, empty if none seems to be."""
    for i, row in enumerate(rows):
        if found := _TRIPLE.search(row):
            above = [text for text in rows[:i] if text.strip()]
            above += [row[: found.start()]] if row[: found.start()].strip() else []
            n_prose = sum(isinstance(parse(_head_made_whole(text)), Problem) for text in above)
            is_end = not row[found.end() :].lstrip()[:1].isalnum()
            return found.group() if is_end and 2 * n_prose > len(above) else ""
    return ""


def _head_made_whole(row: str) -> str:
    row = row.strip()
    return row + " pass" if row.endswith(":") and row.split(maxsplit=1)[0] in _HEADS else row


class _Repair:
    """One way to read the rows; `quotes` open a string before the first of them."""

    def __init__(
        self,
        rows: list[str],
        kept: frozenset[int],
        cursor: tuple[int, int] | None,
        quotes: str = "",
    ) -> None:
        self.rows = list(rows)
        self.kept = kept
        self.cursor = cursor
        self.unread: set[int] = set()
        self.dummies: set[int] = set()
        self.closed: set[int] = set()
        self.opening: tuple[int, int] | None = None  # The row and column of `quotes`.
        if quotes:
            row = next(i for i, text in enumerate(rows) if text.strip())
            text = rows[row]
            column = len(text) - len(text.lstrip())
            self.opening = row, column
            self.rows[row] = text[:column] + quotes + text[column:]
            if cursor is not None and cursor[0] == row:
                self.cursor = row, cursor[1] + len(quotes)

    def run(self) -> Tolerant | None:
        lexed = self._lex()
        for _ in range(MOST_TRIES):
            if all(line.first in self.dummies for line in lexed.logicals) and self.unread:
                return None  # Nothing left is nothing read.
            built = build(self.rows, lexed, self.dummies)
            tree = parse(built.text)
            if isinstance(tree, ast.Module):
                if self.opening is not None:
                    row = _index(built, self.opening[0])
                    built.inside.setdefault(row, []).insert(0, (self.opening[1], 3))
                opened = lead_back(tree, built)
                return Tolerant(tree, tuple(row + 1 for row in sorted(self.unread)), opened, True)
            line = _at(lexed, built, tree)
            if line is None:
                return None
            if self._completed(lexed, line):
                continue
            if not (self._split(line) or self._leave_out(lexed, line)):
                return None
            lexed = self._lex()
        return None

    def _lex(self) -> Lexed:
        opened: list[str] = []
        lexed = lex(self.rows, self.closed)
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
            for added in _ENDS:
                yield *self.cursor, added, ""

    def _is_statement(self, lexed: Lexed, line: Logical) -> bool:
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
        return isinstance(parse("".join(parts)), ast.Module)

    def _split(self, line: Logical) -> bool:
        """Closes the brackets of a line of many rows above the row that most looks like a new one."""
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

    def _leave_out(self, lexed: Lexed, line: Logical) -> bool:
        at = lexed.logicals.index(line)
        by_distance = sorted(range(len(lexed.logicals)), key=lambda i: (abs(i - at), i))
        for i in by_distance:
            victim = lexed.logicals[i]
            if victim.first in self.dummies or any(row in self.kept for row in victim.rows):
                continue
            self.unread.update(victim.rows)
            if len(self.unread) > MOST_UNREAD_LINES:
                return False
            indent = self.rows[victim.first][: victim.column]
            for row in victim.rows:
                self.rows[row] = "\n"
            if is_head(victim):
                self.rows[victim.first] = indent + "if True:\n"
                self.dummies.add(victim.first)
            return True
        return False


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
    if line.word in _HEADS:
        yield from _HEAD_ENDS
        if line.final != ":":
            return
    yield from ((end, "") for end in _ENDS)
