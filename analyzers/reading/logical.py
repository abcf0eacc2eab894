"""The logical lines of a text that may be broken: what is open at an end is closed there.

Nothing here changes a character. What is added is said by row (from 0) and column (code points), so
that places in what is read can be led back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from analyzers.reading.tokens import TOKEN, Unreadable, string_at

# No line inside brackets begins like this, so the brackets were left open above.
_STATEMENT = re.compile(
    r"[ \t\f]*(?:(?:def|class|return|raise|while|with|try|except|finally|del|assert|global|nonlocal"
    r"|pass|break|continue|import|elif)\b|from\s+[\w.]+\s+import\b|(?:async\s+def|async\s+with)\b"
    r"|@\w[\w.]*(?:\(|\s*$))",
    re.MULTILINE,
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_SIGNATURE = re.compile(r"\)\s*(->[^\r\n]+)?:[ \t]*(#.*)?$", re.MULTILINE)
_OPENINGS = {")": "_(", "]": "[", "}": "{"}
_CLOSINGS = ("", "}", ")}", "]}", "'}", '"}', "')}", '")}', "']}", '"]}')
_END_OF_LINE = re.compile(r"\r\n?|\n")


@dataclass(slots=True)
class Logical:
    """A logical line.

    first, last: its rows. `column` and `end_column` are those of its first and last token.
    final: its last token.
    quote, middle, closing, tail: what is added at its end, so that it can be read: what closes its
        string, a name that is missing, what closes its brackets, the colon that makes it a head.
    """

    first: int
    column: int
    word: str
    last: int = 0
    end_column: int = 0
    final: str = ""
    quote: str = ""
    middle: str = ""
    closing: str = ""
    tail: str = ""
    is_tested: bool = False

    @property
    def rows(self) -> range:
        """Its rows."""
        return range(self.first, self.last + 1)

    @property
    def added(self) -> str:
        """All that is added at its end."""
        return self.quote + self.middle + self.closing + self.tail


@dataclass(slots=True)
class Lexed:
    """Logical lines, and what to add (`inserted`) and take out (`erased`) by row and column.

    stray: what would open the first closing bracket that nothing opens, where all above may have
        been inside of it: the text was cut out of its brackets. Empty if there is none.
    """

    logicals: list[Logical] = field(default_factory=list)
    inserted: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    erased: set[tuple[int, int]] = field(default_factory=set)
    stray: str = ""

    def insert(self, row: int, column: int, text: str) -> None:
        """Adds `text` at a place."""
        self.inserted.setdefault(row, []).append((column, text))


class _Lexer:
    def __init__(self, rows: Sequence[str], closed: Collection[int], opened: Sequence[str]) -> None:
        self.text = "".join(rows)
        self.closed = closed
        self.opened = opened
        self.lexed = Lexed()
        self.stack = [_BRACKETS[opening[-1]] for opening in opened]
        self.line: Logical | None = None
        self.row, self.row_start = 0, 0

    def run(self) -> Lexed:
        at = 0
        while match := TOKEN.match(self.text, at):
            kind, at = match.lastgroup, match.end()
            if kind == "newline":
                self.end_row(at)
            elif kind == "skip":
                if match.group()[0] == "\\":
                    self.row, self.row_start = self.row + 1, at
            else:
                line = self.begin(match.start(), match.group())
                if kind == "string":
                    at = self.string(match.start(), match.group(), line)
                elif kind == "operator":
                    self.operator(match.start(), match.group(), line)
                line.last, line.end_column = self.row, at - self.row_start
                line.final = match.group()
        self.end_line()
        return self.lexed

    def begin(self, at: int, word: str) -> Logical:
        if self.line is None:
            self.line = Logical(self.row, at - self.row_start, word)
            if self.opened and not self.lexed.logicals:
                self.line.word = self.opened[0].rstrip("_(").strip() or "_"
                self.lexed.insert(self.row, self.line.column, "".join(self.opened))
        return self.line

    def end_row(self, following: int) -> None:
        if self.line is not None and (
            not self.stack or self.row in self.closed or _STATEMENT.match(self.text, following)
        ):
            self.end_line()
        self.row, self.row_start = self.row + 1, following

    def end_line(self) -> None:
        if self.line is not None:
            self.line.closing = "".join(reversed(self.stack))
            self.lexed.logicals.append(self.line)
            self.line = None
            self.stack.clear()

    def operator(self, at: int, token: str, line: Logical) -> None:
        if token in _BRACKETS:
            self.stack.append(_BRACKETS[token])
        elif token in ")]}":
            if token in self.stack:
                missing: list[str] = []
                while self.stack[-1] != token:
                    missing.append(self.stack.pop())
                self.stack.pop()
                if missing:
                    self.lexed.insert(self.row, at - self.row_start, "".join(missing))
            else:
                self.lexed.erased.add((self.row, at - self.row_start))
                is_first = (line.first, line.column) == (self.row, at - self.row_start)
                above = self.lexed.logicals[: -1 if is_first else None]
                if not self.lexed.stray and all(a.final == "," for a in above):
                    is_signature = _SIGNATURE.match(self.text, at) and not self.opened
                    self.lexed.stray = "def _(" if is_signature else _OPENINGS[token]

    def string(self, start: int, opening: str, line: Logical) -> int:
        quote = opening.lstrip("bBrRuUfFtT")
        try:
            end = string_at(self.text, start, opening).end
        except Unreadable:
            end = self.open_string(start, opening, quote, line)
        for found in _END_OF_LINE.finditer(self.text, start, end):
            self.row, self.row_start = self.row + 1, found.end()
        return end

    def open_string(self, start: int, opening: str, quote: str, line: Logical) -> int:
        if len(quote) == 3:
            end = len(self.text.rstrip("\r\n"))
        else:
            found = _END_OF_LINE.search(self.text, start)
            end = found.start() if found else len(self.text)
        there = self.text[start:end]
        for closing in _CLOSINGS:
            try:
                string_at(there + closing + quote, 0, opening)
            except Unreadable:
                continue
            break
        else:
            closing = ""
        line.quote = closing + quote
        if self.stack and len(quote) == 1 and end < len(self.text):
            # The line goes on in the next row; the string does not.
            self.lexed.insert(self.row, end - self.row_start, line.quote)
            line.quote = ""
        return max(end, start + len(opening))


def lex(rows: Sequence[str], closed: Collection[int] = (), opened: Sequence[str] = ()) -> Lexed:
    """The logical lines of the rows, each with its line end.

    closed: rows at whose end every bracket is closed.
    opened: what opens the brackets that were open before the text, the outermost first.
    """
    return _Lexer(rows, closed, opened).run()
