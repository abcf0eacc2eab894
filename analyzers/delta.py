"""What an insertion brings: the findings of the text with it less those of the text without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from analyzers.finding import Confidence, Finding, Severity, Span

_Kind = tuple[str, Severity, Confidence, str, bool, int]


@dataclass(frozen=True, slots=True)
class Insertion:
    """`text` in place of `span` of the document; the span of a plain insertion is empty."""

    span: Span
    text: str

    def applied(self, document: str) -> str:
        """The document with the insertion."""
        return document[: self.span.start] + self.text + document[self.span.end :]

    def lies_in(self, document: str) -> bool:
        """Whether its span is one of the document."""
        return 0 <= self.span.start <= self.span.end <= len(document)

    @property
    def placed(self) -> Span:
        """Where the text stands in the document that has it."""
        return Span(self.span.start, self.span.start + len(self.text))

    def origin(self, offset: int) -> int | None:
        """Where in the document a character of the text with the insertion was, None if nowhere."""
        if offset < self.placed.start:
            return offset
        if offset >= self.placed.end:
            return offset - len(self.text) + self.span.end - self.span.start
        return None


def brought(
    after: Sequence[Finding],
    before: Sequence[Finding],
    document: str,
    insertion: Insertion,
    was_read: Callable[[int], bool],
) -> tuple[Finding, ...]:
    """The findings of `after` that `before` does not hold.

    A finding is the same one where rule, severity, confidence, message and the text of its place
    and of its source agree, counted: of two copies where there was one, the second is new, and the
    new one is that which the insertion touches. So what the insertion does elsewhere counts too, by
    an import that gives a name another meaning, say. A call that stood open and ends in the
    insertion is the call that it was.

    was_read: whether the analysis of `document` read the character at an offset. What was unread
        before is not new for being read now.
    """
    text = insertion.applied(document)
    known = Counter(_print(finding, document) for finding in before)
    begun = {_kind(finding) for finding in before}
    new: list[Finding] = []
    # Those that do not touch the insertion take the known ones first.
    for finding in sorted(after, key=lambda finding: _touches(finding, insertion.placed)):
        same = _print(finding, text)
        if known[same]:
            known[same] -= 1
        elif not _was_begun(finding, begun, insertion) and _is_due(finding, insertion, was_read):
            new.append(finding)
    return tuple(sorted(new, key=lambda finding: (finding.span, finding.rule)))


def _touches(finding: Finding, placed: Span) -> bool:
    return finding.span.overlaps(placed) or any(s.span.overlaps(placed) for s in finding.steps)


def _is_due(finding: Finding, insertion: Insertion, was_read: Callable[[int], bool]) -> bool:
    if _touches(finding, insertion.placed):
        return True
    origin = insertion.origin(finding.span.start)
    return origin is not None and was_read(origin)


def _was_begun(
    finding: Finding,
    begun: set[_Kind],
    insertion: Insertion,
) -> bool:
    """Whether a finding that began before the insertion was one already when it stood open."""
    return (
        finding.span.start < insertion.placed.start <= finding.span.end
        and _kind(finding) in begun
        and not any(step.span.overlaps(insertion.placed) for step in finding.steps[:-1])
    )


def _kind(finding: Finding) -> _Kind:
    return (
        finding.rule,
        finding.severity,
        finding.confidence,
        finding.message,
        bool(finding.steps),
        finding.span.start,
    )


def _print(finding: Finding, text: str) -> tuple[str, ...]:
    source = finding.steps[0].span if finding.steps else Span(0, 0)
    return (
        finding.rule,
        finding.severity,
        finding.confidence,
        finding.message,
        _words(text, source),
        _words(text, finding.span),
    )


def _words(text: str, span: Span) -> str:
    # What only closes is left out: a call that stood open is the same one when it is closed.
    return " ".join(text[span.start : span.end].split()).rstrip(" )]},:;")
