"""The two seams of the harness, a finder and a post-check, and what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, Protocol, get_args

# How much of the text was read. A span that was asked about is read whole, or it is "unchecked".
Level = Literal["whole file", "repaired", "fragment", "unchecked"]
LEVELS: tuple[Level, ...] = get_args(Level)
Severity = Literal["low", "medium", "high"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

# What ends a line for Python and for an editor; `str.splitlines` knows more ends than both.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open code point offsets into a text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something insecure. Lines count from 1, columns from 0 in code points; the end is open.

    cwe: the number, None where the rule names none.
    """

    rule: str
    cwe: int | None
    line: int
    column: int
    end_line: int
    end_column: int
    severity: Severity = "medium"
    message: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a finder read and found.

    why: for "unchecked", what stood in the way.
    n_unread_lines: lines that had to be left out to read the rest; never ones of the span.
    """

    findings: tuple[Finding, ...]
    level: Level
    why: str = ""
    n_unread_lines: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """What a post-check would offer; None withholds the completion, for a reason."""

    text: str | None
    reason: str = ""


class Finder(Protocol):
    """Reads a text. Never raises: what it cannot read is "unchecked"."""

    def __call__(self, text: str, span: Span | None, language: str, /) -> Scan:
        """The findings in the whole text; `span` has to be read whole."""
        ...


class PostCheck(Protocol):
    """Decides over a completion, as the product does before the editor gets it."""

    def __call__(self, text: str, span: Span, language: str, /) -> Offer:
        """`text` is the document with the completion, which lies at `span`."""
        ...


def split_lines(text: str) -> list[str]:
    """The lines with their ends; only CR LF, CR and LF end one."""
    return _LINE.findall(text)


def line_starts(lines: Sequence[str]) -> list[int]:
    """The offset at which each line starts, and the text's length."""
    return list(accumulate((len(line) for line in lines), initial=0))


def span_of(finding: Finding, text: str) -> Span:
    """Where a finding lies in its text; a place outside of it is moved to its border.

    A finding without extent covers the character at its place.
    """
    starts = line_starts(split_lines(text))

    def offset(line: int, column: int) -> int:
        start = starts[min(max(line - 1, 0), len(starts) - 1)]
        return min(start + max(column, 0), len(text))

    start = offset(finding.line, finding.column)
    return Span(start, max(offset(finding.end_line, finding.end_column), start + 1))
