"""Offsets become lines and columns of code points."""

from __future__ import annotations

import pytest

from analyzers.review.places import Place, Places


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("", 0, Place(1, 0)),
        ("ab\ncd", 3, Place(2, 0)),
        ("ab\r\ncd", 5, Place(2, 1)),
        ("a\rb", 2, Place(2, 0)),
        ("\U0001f600x\n", 1, Place(1, 1)),
        ("a\x0cb\u2028c", 4, Place(1, 4)),
        ("ab\n", 99, Place(2, 0)),
        ("ab", -3, Place(1, 0)),
    ],
)
def test_an_offset_has_a_line_and_a_column(text: str, offset: int, place: Place) -> None:
    assert Places(text).at(offset) == place


def test_a_line_comes_without_its_end() -> None:
    assert [Places("a\r\nb\n").line(number) for number in (1, 2, 3)] == ["a", "b", ""]
