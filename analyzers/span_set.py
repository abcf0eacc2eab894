"""Which of many spans a span overlaps, found without a look at each of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from analyzers.finding import Span


class SpanSet:
    """Spans that are put in one by one, in any order.

    What overlaps is kept as one span: the union of two that share a character overlaps just what
    one of them does.
    """

    def __init__(self, spans: tuple[Span, ...] = ()) -> None:
        self._starts: list[int] = []  # Of spans that are apart, in order, as are their ends.
        self._ends: list[int] = []
        self._empty: list[int] = []
        for span in sorted(spans):
            self.add(span)

    def add(self, span: Span) -> None:
        """Puts a span in."""
        if span.start >= span.end:
            insort(self._empty, span.start)
            return
        first, behind = self._overlapped(span)
        start, end = span.start, span.end
        if first < behind:
            start, end = min(start, self._starts[first]), max(end, self._ends[behind - 1])
        self._starts[first:behind] = [start]
        self._ends[first:behind] = [end]

    def overlaps(self, span: Span) -> bool:
        """Whether `span.overlaps` says so of any."""
        first, behind = self._overlapped(span)
        if first < behind:
            return True
        at = bisect_right(self._empty, span.start)
        return at < len(self._empty) and self._empty[at] < span.end

    def _overlapped(self, span: Span) -> tuple[int, int]:
        """From which to before which of the kept spans, in order, this one overlaps."""
        return bisect_right(self._ends, span.start), bisect_left(self._starts, span.end)
