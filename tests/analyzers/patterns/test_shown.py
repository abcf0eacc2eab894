"""Secrets that a message shows."""

from __future__ import annotations

import ast

import pytest

from analyzers.patterns.shown import secret_in


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("password", "password"),
        ("user.password", "password"),
        ('f"{name} {password}"', "password"),
        ('"%s %s" % (name, password)', "password"),
        ('"{}".format(password)', "password"),
        ("PASSWORD", None),
        ("len(password)", None),
        ("name", None),
    ],
)
def test_a_secret_is_seen_where_it_is_shown_whole(text: str, name: str | None) -> None:
    assert secret_in(ast.parse(text, mode="eval").body) == name
