"""Where the statements of a file and the members of its classes begin and end, unread.

One regular expression matches most logical lines whole, which is far faster than a parser. It says
nothing of a text that it cannot match: such a text is one chunk.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from analyzers.finding import Span

_END = r"(?:\r\n?|\n)"
_PLAIN = (
    r"\"{3}(?:[^\"\\]++|\\[\s\S]|\"(?!\"\"))*+\"{3}"
    r"|'{3}(?:[^'\\]++|\\[\s\S]|'(?!''))*+'{3}"
    r"|\"(?:[^\"\\\r\n]++|\\(?:\r\n|[\s\S]))*+\""
    r"|'(?:[^'\\\r\n]++|\\(?:\r\n|[\s\S]))*+'"
)


def _formatted(strings: str) -> str:
    """f-strings whose fields hold such strings, in any quotes and over lines."""
    field = rf"\{{(?:[^\"'{{}}#]++|{strings}|\{{[^\"'{{}}]*+\}}|#[^\r\n]*+)*+\}}"
    is_formatted = r"(?<=[fFtTrR])(?:(?<=\b[fFtT])|(?<=\b[fFtT][rR])|(?<=\b[rR][fFtT]))"
    return (
        rf"{is_formatted}\"(?!\"\")(?:[^\"\\\r\n{{]++|\\(?:\r\n|[^{{])|\{{\{{|{field})*+\""
        rf"|{is_formatted}'(?!'')(?:[^'\\\r\n{{]++|\\(?:\r\n|[^{{])|\{{\{{|{field})*+'"
    )


_STRING = rf"{_formatted(_formatted(_PLAIN) + '|' + _PLAIN)}|{_PLAIN}"
_OTHER = rf"{_STRING}|\\(?:\r\n|[\s\S])|#[^\r\n]*+"
_BRACKETS = rf"[(\[{{](?:[^\"'#()\[\]{{}}\\]++|{_OTHER})*+[)\]}}]"
# To the bracket that ends the brackets, or to one that holds brackets.
_INSIDE = re.compile(rf"(?:[^\"'#()\[\]{{}}\\]++|{_BRACKETS}|{_OTHER})*+")
_LINE_BEGINS = re.compile(
    rf"(\ufeff?(?:[ \t\f]*+(?:#[^\r\n]*+)?{_END})*+)([ \t\f]*+)"
    r"(@|(?:class|else|elif|except|finally)\b)?"
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A statement with its decorators, the blank lines and comments above it, and what is below.

    first_line, last_line: from 1. The chunks of a text hold each of its lines once.
    head_line: where the first token stands, `first_line` in a text without any.
    members: the statements of the body if it is a class that has one on lines of its own; with
        the lines above the first of them they hold each line of the class once.
    """

    span: Span
    first_line: int
    last_line: int
    head_line: int
    members: tuple[Chunk, ...] = ()


class _Line(NamedTuple):
    """A logical line: where the blanks above it begin, and where it begins, by offset."""

    above: int
    start: int
    indent: str
    word: str


class _Unsplittable(Exception):
    """A string or a bracket has no end."""


def statements(text: str) -> list[Chunk]:
    """The statements of the first column. A text that cannot be split is one chunk."""
    whole = Span(0, len(text))
    n_lines = 1 + max(_n_ends(text, 0, len(text)) - _is_ended(text), 0)
    try:
        lines = list(_lines(text))
    except _Unsplittable:
        lines = []
    if not lines or lines[0].indent:
        return [Chunk(whole, 1, n_lines, 1)]
    chunks: list[Chunk] = []
    groups = _groups(lines, "")
    bounds = [0, *(group[0].above for group in groups[1:]), len(text)]
    first = 1
    for group, (start, end) in zip(groups, pairwise(bounds), strict=True):
        last = n_lines if end == len(text) else first + _n_ends(text, start, end) - 1
        head = first + _n_ends(text, start, group[0].start)
        members = _members(text, group, first, last, Span(start, end))
        chunks.append(Chunk(Span(start, end), first, last, head, members))
        first = last + 1
    return chunks


def _members(
    text: str, group: Sequence[_Line], first: int, last: int, span: Span
) -> tuple[Chunk, ...]:
    at = next((i for i, line in enumerate(group) if line.word != "@"), len(group))
    body = group[at + 1 :]
    if not body or group[at].word != "class" or group[at].indent:
        return ()
    groups = _groups(body, body[0].indent)
    first += _n_ends(text, span.start, body[0].above)
    bounds = [body[0].above, *(inner[0].above for inner in groups[1:]), span.end]
    members: list[Chunk] = []
    for inner, (start, end) in zip(groups, pairwise(bounds), strict=True):
        until = last if end == span.end else first + _n_ends(text, start, end) - 1
        head = first + _n_ends(text, start, inner[0].start)
        members.append(Chunk(Span(start, end), first, until, head))
        first = until + 1
    return tuple(members)


def _groups(lines: Sequence[_Line], indent: str) -> list[list[_Line]]:
    """The logical lines of each statement of a column."""
    groups: list[list[_Line]] = []
    is_decorated = False
    for line in lines:
        is_first = line.indent == indent and line.word in ("", "@", "class") and not is_decorated
        if is_first or not groups:
            groups.append([])
        groups[-1].append(line)
        if line.indent == indent:
            is_decorated = line.word == "@"
    return groups


def _lines(text: str) -> Iterator[_Line]:
    """The logical lines, those below each other that are deeper than a member as one."""
    at, indent, is_in_class = 0, "", False
    while True:
        begins = _LINE_BEGINS.match(text, at)
        assert begins is not None
        start = begins.end(2)
        if start == len(text) or text[start] == "#":  # A comment in the last line.
            return
        line_indent, word = begins[2].rpartition("\f")[2], begins[3] or ""
        if not line_indent:
            indent, is_in_class = "", word == "class"
        elif is_in_class and not indent:
            indent = line_indent
        pattern = _ONE_LINE if is_in_class and not indent else _with_deeper(indent)
        end = _end(text, start, pattern)
        yield _Line(at, start, line_indent, word)
        at = end


@functools.lru_cache(maxsize=16)
def _with_deeper(indent: str) -> re.Pattern[str]:
    """To the end of a line below which no deeper or blank one is, or to brackets in brackets."""
    deeper = rf"{_END}(?=[\r\n]|{indent}[ \t])"
    return re.compile(rf"(?:[^\"'#()\[\]{{}}\\\r\n]++|{_BRACKETS}|{deeper}|{_OTHER})*+")


_ONE_LINE = re.compile(rf"(?:[^\"'#()\[\]{{}}\\\r\n]++|{_BRACKETS}|{_OTHER})*+")


def _end(text: str, start: int, pattern: re.Pattern[str]) -> int:
    """Where the lines end that begin at `start`, the last line end included."""
    at = pattern.match(text, start).end()  # type: ignore[union-attr]
    while at < len(text) and text[at] not in "\r\n":
        depth = 0
        while True:
            bracket = text[at : at + 1]
            if bracket and bracket in "([{":
                depth += 1
            elif bracket and bracket in ")]}" and depth:
                depth -= 1
            else:
                raise _Unsplittable
            if not depth:
                break
            at = _INSIDE.match(text, at + 1).end()  # type: ignore[union-attr]
        at = pattern.match(text, at + 1).end()  # type: ignore[union-attr]
    return at + (2 if text.startswith("\r\n", at) else 1) if at < len(text) else at


def _n_ends(text: str, start: int, end: int) -> int:
    """How many lines end between two offsets."""
    n_ends = text.count("\n", start, end)
    if text.find("\r", start, end) >= 0:
        n_ends += text.count("\r", start, end) - text.count("\r\n", start, end)
    return n_ends


def _is_ended(text: str) -> bool:
    return text.endswith(("\n", "\r"))
