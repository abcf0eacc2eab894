"""Which findings an insertion brings into a document."""

from __future__ import annotations

from dataclasses import dataclass, replace

from evals.security.finding import Finder, Scan, Span, span_of


@dataclass(frozen=True, slots=True)
class Insertion:
    """A completion in its place: `document` is the text without it, `at` the cursor's offset."""

    document: str
    at: int
    text: str
    language: str

    @property
    def after(self) -> str:
        """The document with the completion."""
        return self.document[: self.at] + self.text + self.document[self.at :]

    @property
    def span(self) -> Span:
        """Where the completion lies in `after`."""
        return Span(self.at, self.at + len(self.text))


def findings_of_insertion(finder: Finder, insertion: Insertion) -> Scan:
    """The scan of the document after the insertion, with the findings that lie in it alone.

    A finding counts where it overlaps the inserted span. One that begins before the span, as the
    definition around the cursor does, counts only if the document did not have it already.
    """
    span = insertion.span
    scan = finder(insertion.after, span, insertion.language)
    places = [(finding, span_of(finding, insertion.after)) for finding in scan.findings]
    inside = [(f, p) for f, p in places if p.start < span.end and p.end > span.start]
    known: set[tuple[str, int]] = set()
    if any(place.start < span.start for _, place in inside):
        before = finder(insertion.document, Span(span.start, span.start), insertion.language)
        known = {(f.rule, span_of(f, insertion.document).start) for f in before.findings}
    new = tuple(
        finding
        for finding, place in inside
        if place.start >= span.start or (finding.rule, place.start) not in known
    )
    return replace(scan, findings=new)
