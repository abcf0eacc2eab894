"""Parts of a text, and the way back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import Edit, Finding, Fix, Span, Step
from analyzers.pieces import Pieces

TEXT = "import a\n\nx = 1\n\ndef f():\n    pass"


def test_parts_stand_on_lines_of_their_own() -> None:
    pieces = Pieces.of(TEXT, [Span(0, 8), Span(17, len(TEXT))])
    assert pieces.text == "import a\ndef f():\n    pass\n"


@given(st.integers(0, 7), st.integers(17, len(TEXT) - 1))
def test_every_character_finds_its_way_back(first: int, second: int) -> None:
    pieces = Pieces.of(TEXT, [Span(0, 8), Span(17, len(TEXT))])
    for offset in (first, second):
        here = pieces.here(offset)
        assert pieces.text[here] == TEXT[offset]
        assert pieces.there(here) == offset


def test_what_was_added_for_the_parser_has_no_length_there() -> None:
    pieces = Pieces.joined(
        [(Span(0, 8), "import a"), (Span(8, 8), "pass\n"), (Span(10, 15), "x = 1")]
    )
    at = pieces.text.index("pass")
    assert pieces.span_there(Span(at, at + 4)).start == 8
    assert pieces.span_there(Span(pieces.text.index("x"), len(pieces.text))) == Span(10, 15)


def test_a_finding_moves_with_its_steps_and_its_fix() -> None:
    pieces = Pieces.of(TEXT, [Span(10, 15), Span(17, 25)])
    moved = pieces.finding_there(
        Finding(
            "r", 1, "low", "low", Span(0, 5), "m",
            (Step(Span(6, 9), "s"),), Fix("t", (Edit(Span(4, 5), "2"),)),
        )
    )  # fmt: skip
    assert moved.span == Span(10, 15)
    assert moved.steps[0].span == Span(17, 20)
    assert moved.fix is not None
    assert moved.fix.edits == (Edit(Span(14, 15), "2"),)
