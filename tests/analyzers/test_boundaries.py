"""Editors stop where `boundaries` says, and nowhere else."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from hypothesis import example, given
from hypothesis import strategies as st

from analyzers.boundaries import _numbers, boundaries

# The default word of VS Code, and how its "accept next word" and "accept line" cut.
_WORD = re.compile(r"(-?\d*\.\d\w*)|([^`~!@#%^&*()\-=+\[{\]}\\|;:'\",.<>/?\s]+)")
_CODE = st.text(st.sampled_from(string.ascii_letters + "019__..((\"'-+=#@ \n\té😀…"), max_size=40)


def _vscode_words(text: str) -> Iterator[int]:
    at = 0
    while at < len(text):
        rest = text[at:]
        word = _WORD.search(rest)
        cut = len(rest) if word is None else word.end() if word.start() == 0 else word.start()
        blank = re.search(r"\s+", rest)
        if blank is not None and blank.end() < cut:
            cut = blank.end()
        at += cut
        yield at


def _lines(text: str) -> Iterator[int]:
    for match in re.finditer("\n", text):
        yield match.start()
        yield match.end()


def _vim_words(text: str) -> Iterator[int]:
    """Anything up to a keyword, and the keyword."""
    for match in re.finditer(r"\W*\w+", text):
        yield match.end()


def _lua_words(text: str) -> Iterator[int]:
    """`%s*%p*[^%s%p]*%s*`: for Lua the underscore is punctuation."""
    punctuation = re.escape(string.punctuation)
    for match in re.finditer(rf"\s*[{punctuation}]*[^\s{punctuation}]*\s*", text):
        yield match.end()


@given(_CODE)
@example("..0")
@example("x=-.5")
def test_no_editor_stops_anywhere_else(text: str) -> None:
    known = {*boundaries(text), 0, len(text)}
    for stops in (_vscode_words, _lines, _vim_words, _lua_words):
        assert set(stops(text)) <= known


@given(st.text(max_size=60))
def test_they_are_in_order_and_inside(text: str) -> None:
    found = boundaries(text)
    assert list(found) == sorted(set(found))
    assert all(0 < end < len(text) for end in found)


def test_words_punctuation_and_lines_end_a_prefix() -> None:
    text = "a_b(c)\n  d"
    assert [text[:end] for end in boundaries(text)] == [
        "a", "a_", "a_b", "a_b(", "a_b(c", "a_b(c)", "a_b(c)\n", "a_b(c)\n  ",
    ]  # fmt: skip


@given(st.text("-.0129a٣²_ ", max_size=30))
@example("1.23.4").via("a number that begins in the middle of digits")
def test_numbers_begin_where_an_editor_would_look_for_them(text: str) -> None:
    """The definition, which reads a run of digits again from each of them."""
    starts = {number.start() for number in re.finditer(r"-?\d*\.\d", text)}
    assert starts - {0} <= set(boundaries(text))
    assert set(_numbers(text)) == starts
