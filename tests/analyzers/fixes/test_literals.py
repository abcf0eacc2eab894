"""Literals are read as Python reads them, character by character."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.finding import Span
from analyzers.fixes.literals import Char, characters, pieces


def _value(text: str) -> str:
    found = pieces(text, Span(0, len(text)))
    assert found is not None
    return "".join(
        item.char if isinstance(item, Char) else "{}"
        for piece in found
        for item in characters(text, piece)
    )


@given(st.text(max_size=30), st.sampled_from(["'", '"']), st.text(max_size=10))
def test_the_characters_of_a_literal_are_its_value(value: str, quote: str, more: str) -> None:
    """Also of two that stand side by side."""
    first = repr(value) if quote == "'" else '"' + repr('"' + value)[2:-1].replace('"', '\\"') + '"'
    text = f"{first} {more!r}"
    try:
        wanted = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return
    assert _value(text) == wanted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'a\n\'\x41\u00e9\N{BULLET}\101'", "a\n'Aé•A"),
        (r"r'a\n\''", r"a\n\'"),
        ("'''a\nb''' \"c\"", "a\nbc"),
        ("f'a{b}c{{d}}'", "a{}c{d}"),
        ("f\"{x['a']!r:>{w}} b\"", "{} b"),
        ("('a'  # note\n 'b')"[1:-1], "ab"),
        ("f'{ {1: 2}[1] }{\"}\"}'", "{}{}"),
    ],
)
def test_escapes_fields_and_neighbours(text: str, value: str) -> None:
    """Each field is one, whatever is in it."""
    assert _value(text) == value


@pytest.mark.parametrize("text", ["b'a'", "a", "'a' + 'b'", "'a", "f'{a'"])
def test_what_is_no_run_of_literals_is_none(text: str) -> None:
    """Bytes neither."""
    assert pieces(text, Span(0, len(text))) is None
