"""A text that is put together from its lines is one line."""

from __future__ import annotations

import ast

import pytest

from analyzers.patterns.lines import is_on_one_line


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ('" ".join(name.splitlines())', True),
        ('" ".join(str(name).splitlines())', True),
        ("""f"to {' '.join(name.splitlines())}\"""", True),
        ('"done"', True),
        ("name", False),
        ('" ".join(name.splitlines()) + other', False),
    ],
)
def test_every_name_has_to_be_split(text: str, is_one: bool) -> None:
    assert is_on_one_line([ast.parse(text, mode="eval").body]) is is_one
