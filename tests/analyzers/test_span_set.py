"""A set of spans answers as a look at each of them would."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from analyzers.finding import Span
from analyzers.span_set import SpanSet

SPANS = st.builds(lambda start, n: Span(start, start + n), st.integers(0, 30), st.integers(0, 6))


@given(st.lists(SPANS, max_size=12), SPANS)
@example([Span(1, 3), Span(3, 5)], Span(3, 3)).via("only touching spans do not hold their border")
@example([Span(2, 2)], Span(1, 4)).via("an empty span inside")
@example([Span(0, 9), Span(2, 3)], Span(5, 6)).via("one span inside of another")
def test_what_overlaps_any_of_them_overlaps_the_set(spans: list[Span], asked: Span) -> None:
    known = SpanSet()
    for span in spans:
        known.add(span)
    assert known.overlaps(asked) == any(asked.overlaps(span) for span in spans)
    assert SpanSet(tuple(spans)).overlaps(asked) == known.overlaps(asked)
