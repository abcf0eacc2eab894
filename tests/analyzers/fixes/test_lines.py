"""Values without line ends, each where it stands."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.lines import on_one_line
from analyzers.fixes.writing import applied


def _after(text: str) -> str | None:
    code = Code(text, ast.parse(text))
    statement = code.tree.body[0]
    assert isinstance(statement, ast.Expr)
    edits = on_one_line(code, statement.value)
    return None if edits is None else applied(text, tuple(edits))


@pytest.mark.parametrize(
    "text", ["name", '"to " + name', 'f"to {name}"', '"to %s" % name', '"to {}".format(name)']
)
def test_the_text_is_the_same_but_for_its_line_ends(text: str) -> None:
    after = _after(text)
    assert after is not None
    told = [eval(after, {"name": name}) for name in ("ann", "a\r\nb\nc")]
    assert told == [eval(text, {"name": name}) for name in ("ann", "a b c")]


def test_what_is_formatted_is_left() -> None:
    assert _after('f"{name:>9}"') is None
