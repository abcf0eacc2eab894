"""Hostile text is spelled, never obeyed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evals.plain_text import one_line, printable


@given(st.text(st.characters(categories=None)), st.integers(2, 40))
def test_one_line_is_printable_and_short(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit


def test_what_cannot_be_printed_is_spelled() -> None:
    assert printable("a\x1b[0m\x00\u202e\ud800 é\n\t") == "a\\x1b[0m\\x00\\u202e\\ud800 é\n\t"
    assert one_line("a\nb\tc") == "a\\nb\\tc"
