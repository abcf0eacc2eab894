"""The product's own analyzers as a finder of the harness."""

from __future__ import annotations

from analyzers.check import scan
from analyzers.finding import Finding as Found
from analyzers.report import Report
from evals.security.finding import Finding, Level, Scan, Span, line_starts, split_lines

_LEVELS: dict[str, Level] = {
    "whole file": "whole file",
    "repaired": "repaired",
    "enclosing function": "fragment",
    "fragment": "fragment",
    "text only": "unchecked",
    "not checkable": "unchecked",
}


def find(text: str, span: Span | None, language: str) -> Scan:
    """What the analyzers say of a whole text, with the default policy.

    The span is not needed: the analyzers leave out no character, or say that they could not read.
    """
    report: Report = scan(text, language)
    starts = line_starts(split_lines(text))
    found = tuple(_placed(finding, starts) for finding in report.findings)
    return Scan(found, _LEVELS[report.level], report.why)


def _placed(found: Found, starts: list[int]) -> Finding:
    line, column = _place(found.span.start, starts)
    end_line, end_column = _place(found.span.end, starts)
    return Finding(
        found.rule, found.cwe, line, column, end_line, end_column, found.severity, found.message
    )


def _place(offset: int, starts: list[int]) -> tuple[int, int]:
    """The line, from 1, and the column of an offset."""
    low, high = 0, len(starts) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if starts[middle] <= offset:
            low = middle
        else:
            high = middle - 1
    return low + 1, offset - starts[low]
