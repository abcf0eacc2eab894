"""What a cut makes of the line that it is in."""

from __future__ import annotations

from analyzers.seams import LineAround


def test_a_line_up_to_a_cut_has_what_follows_the_insertion() -> None:
    near = LineAround("a(", "b,\nc", ")")
    assert [near.up_to(end) for end in (0, 2, 3, 4)] == ["a()", "a(b,)", ")", "c)"]


def test_words_that_arise_at_a_cut_are_among_all() -> None:
    near = LineAround("x = ", "evening", "l(y)")
    assert "eval" not in near.all_of_it([2])
    assert "el(y)" in near.seams([1])
    assert LineAround("", "even", " ").seams([1, 2]) == ""
