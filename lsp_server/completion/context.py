"""What stands around the cursor, as far as a completion needs to know."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lsp_server.completion.layout import (
    columns,
    detect_eol,
    detect_unit,
    leading,
    to_lf,
)
from lsp_server.completion.lexing import Lexed, LineMark, lex, lex_lines
from lsp_server.completion.query import CompletionQuery
from lsp_server.completion.syntax import Syntax, syntax_of

# Further away than this, strings and brackets are not followed: it would cost more than it tells.
_WINDOW_BEFORE = 60_000
_WINDOW_AFTER = 30_000

Place = Literal[
    "line_above",  # in the indentation of a line with text: whole lines go above it
    "blank_line",
    "line_end",  # text on the left, nothing on the right
    "mid_line",
]

_COLON_BLOCK = re.compile(
    r"(?:async\s+)?(?:def|class|if|elif|else|for|while|try|except|finally|with|match|case"
    r"|cdef|cpdef)\b"
)
KEYWORD_BLOCK = re.compile(
    r"(?:\b(?:then|do|else|begin)|\bfunction\b.*\))$|^(?:def|class|module|if|unless|while|for)\b"
)
# A line that certainly starts outside any string, to begin a scan at in a long document.
_TOP_LEVEL = re.compile(
    r"^(?:def|class|async def|@|import|from|func|function|fn|pub|static|export|const|struct"
    r"|type|public|package|#include)\b",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Context:
    """The surroundings of a cursor; all texts have "\\n" line ends.

    above, below: the lines before and after the cursor's own, nearest ones within reach.
    left, right: the two parts of the cursor's line.
    lexed: strings, comments and brackets at the cursor; `lexed_below` those of the lines below,
    scanned on their own.
    outer_indent: the columns of the statement that the cursor's place follows; None if unknown.
    block_indent: the columns that an opened block must have; None where none is opened.
    has_body: an opened block already has lines below the cursor.
    """

    before: str
    after: str
    eol: str
    unit: str
    syntax: Syntax
    place: Place
    above: tuple[str, ...]
    left: str
    right: str
    below: tuple[str, ...]
    lexed: Lexed
    lexed_below: Lexed
    outer_indent: int | None
    block_indent: int | None
    has_body: bool

    @property
    def in_text(self) -> bool:
        """Whether the cursor stands in a string or a comment."""
        return self.lexed.mode != "code"

    @property
    def following(self) -> tuple[str, ...]:
        """The lines with text that follow what is inserted as whole lines."""
        own = (self.left + self.right,) if self.place == "line_above" else ()
        return tuple(line for line in (*own, *self.below) if line.strip())

    @property
    def next_indent(self) -> int | None:
        """The columns of the next line with text, None at the end of the file."""
        return columns(leading(self.following[0])) if self.following else None


def read_context(query: CompletionQuery) -> Context:
    """Reads the surroundings of the query's cursor; never raises."""
    text, offset = query.text, min(max(query.offset, 0), len(query.text))
    if text[offset - 1 : offset + 1] == "\r\n" and offset > 0:
        offset -= 1
    before, after = to_lf(text[:offset]), to_lf(text[offset:])
    syntax = syntax_of(query.language_id)
    window = _window(before)
    *above, left = window.split("\n")
    right, *below = after[:_WINDOW_AFTER].split("\n")
    lexed, marks = lex_lines(window, syntax)
    place = _place(left, right)
    unit = (
        "\t"
        if left[:1] == "\t" and not left.strip()
        else detect_unit([*above, left], below, syntax)
    )
    outer, opened = _outer(above, left, place, lexed, marks, syntax)
    following = [s for s in ([left + right] if place == "line_above" else []) + below if s.strip()]
    next_indent = columns(leading(following[0])) if following else None
    has_body = outer is not None and next_indent is not None and next_indent > outer
    block = None
    if opened and outer is not None:
        block = outer + columns(unit)
        if has_body and next_indent is not None:
            block = min(block, next_indent)
    return Context(
        before=before,
        after=after,
        eol=detect_eol(text),
        unit=unit,
        syntax=syntax,
        place=place,
        above=tuple(above),
        left=left,
        right=right,
        below=tuple(below),
        lexed=lexed,
        lexed_below=lex("\n".join(below), syntax),
        outer_indent=outer,
        block_indent=block,
        has_body=opened and has_body,
    )


def _window(before: str) -> str:
    if len(before) <= _WINDOW_BEFORE:
        return before
    start = len(before) - _WINDOW_BEFORE
    # A start in the middle of a string would turn code and strings around.
    safe = _TOP_LEVEL.search(before, start)
    if safe is not None:
        return before[safe.start() :]
    return before[before.find("\n", start) + 1 :]


def _place(left: str, right: str) -> Place:
    if left.strip():
        return "mid_line" if right.strip() else "line_end"
    return "line_above" if right.strip() else "blank_line"


def _outer(
    above: list[str],
    left: str,
    place: Place,
    lexed: Lexed,
    marks: list[LineMark],
    syntax: Syntax,
) -> tuple[int | None, bool]:
    """The columns of the statement before the cursor's place, and whether it opens a block."""
    lines = [*above, left] if place in ("line_end", "mid_line") else above
    idx = len(lines) - 1
    while idx >= 0 and _says_nothing(lines[idx], syntax, marks[idx]):
        idx -= 1
    if idx < 0:
        return (0, False) if lexed.mode == "code" else (None, False)
    last = _without_comment(lines[idx], syntax, marks[idx])
    first = idx
    while first > 0 and (
        marks[first].starts_in != "code"
        or marks[first].depth > marks[idx].low
        or lines[first - 1].endswith("\\")
    ):
        first -= 1
    head = lines[first].strip()
    opens = False
    if lexed.mode == "code":
        if syntax.blocks == "colon":
            opens = last.endswith(":") and not lexed.stack and bool(_COLON_BLOCK.match(head))
        elif syntax.blocks == "brace":
            opens = last.endswith("{")
        elif syntax.blocks == "keyword":
            opens = bool(KEYWORD_BLOCK.search(last))
        else:
            opens = last.endswith((":", "{"))
    return columns(leading(lines[first])), opens


def _says_nothing(line: str, syntax: Syntax, mark: LineMark) -> bool:
    """Whether a line is blank or wholly comment, so that its indentation means nothing."""
    text = line.strip()
    if not text or (mark.starts_in == "code" and text.startswith(syntax.line_comments)):
        return True
    return any(
        (mark.starts_in == "comment" or text.startswith(opener))
        and (closer not in text or text.endswith(closer))
        for opener, closer in syntax.block_comments
    )


def _without_comment(line: str, syntax: Syntax, mark: LineMark) -> str:
    """The line's code without a comment at its end."""
    if mark.starts_in != "code":
        return line.rstrip()
    for marker in syntax.line_comments:
        start = line.find(marker)
        while start >= 0:
            if lex(line[:start], syntax).mode == "code":
                return line[:start].rstrip()
            start = line.find(marker, start + 1)
    return line.rstrip()
