"""The product's own analyzers as a finder of the harness."""

from __future__ import annotations

from bisect import bisect_right

from analyzers.check import scan
from analyzers.finding import Span as Place
from analyzers.report import Level as Read
from evals.security.finding import Finding, Level, Scan, Span, line_starts, split_lines

_LEVELS: dict[Read, Level] = {
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
    report = scan(text, language)
    found = tuple(
        Finding(
            finding.rule,
            finding.cwe,
            *placed(finding.span, text),
            severity=finding.severity,
            message=finding.message,
        )
        for finding in report.findings
    )
    return Scan(found, _LEVELS[report.level], report.why)


def placed(place: Place, text: str) -> tuple[int, int, int, int]:
    """The line (from 1) and the column of a place's start and of its end."""
    starts = line_starts(split_lines(text))

    def at(offset: int) -> tuple[int, int]:
        line = max(bisect_right(starts, offset), 1)
        return line, offset - starts[line - 1]

    return *at(place.start), *at(place.end)
