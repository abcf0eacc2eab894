"""Arguments and lines go in and out, and nothing else changes."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.writing import (
    applied,
    is_placed,
    lines_after,
    lines_before,
    set_keyword,
    source,
    with_keywords,
    without_argument,
)


def _call(text: str) -> tuple[Code, ast.Call]:
    code = Code(text, ast.parse(text))
    return code, next(node for node in ast.walk(code.tree) if isinstance(node, ast.Call))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("f(a, x=1)", "f(a)"),
        ("f(x=1, y=2)", "f(y=2)"),
        ("f(x=1)", "f()"),
        ("f(x=1,)", "f()"),
        ("f(a, x=1, *b)", "f(a, *b)"),
        ("f(\n    a,  # first\n    x=1,\n)", "f(\n    a,\n)"),
    ],
)
def test_an_argument_goes_with_its_comma(text: str, after: str) -> None:
    """First, last and alone."""
    code, call = _call(text)
    given = next(item for item in call.keywords if item.arg == "x")
    assert applied(text, (without_argument(code, call, given),)) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("f()", "f(x=1)"),
        ("f( )", "f( x=1)"),
        ("f(a)", "f(a, x=1)"),
        ("f((a))", "f((a), x=1)"),
        ("f(a,)", "f(a, x=1,)"),
        ("f(a, x=2)", "f(a, x=1)"),
        ("f(\n    a,\n)", "f(\n    a, x=1,\n)"),
        ("f(a  # why)\n)", "f(a, x=1  # why)\n)"),
        ("f(*a, **b)", "f(*a, **b, x=1)"),
    ],
)
def test_an_argument_comes_last_or_is_written_over(text: str, after: str) -> None:
    """Before a comma that ends the list, and before comments."""
    code, call = _call(text)
    edit = set_keyword(code, call, "x", "1")
    assert edit is not None
    assert applied(text, (edit,)) == after


def test_nothing_is_added_where_it_has_no_place() -> None:
    """A generator takes all of the parentheses; an open call may go on."""
    code, call = _call("f(a for a in b)")
    assert with_keywords(code, call, "x=1") is None
    tree = ast.parse("f(a)")
    opened = next(node for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert with_keywords(Code("f(a", tree, opened=frozenset({opened})), opened, "x=1") is None


def test_lines_take_the_indentation_and_the_line_ends_of_the_text() -> None:
    """Above and below."""
    text = "def f():\r\n\ta()  # note\r\n\tb()\r\n"
    code = Code(text, ast.parse(text))
    function = code.tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    first = function.body[0]
    above, below = lines_before(code, first, "x", "\ty"), lines_after(code, first, "z")
    assert above is not None
    assert below is not None
    assert applied(text, (above, below)) == (
        "def f():\r\n\tx\r\n\t\ty\r\n\ta()  # note\r\n\tz\r\n\tb()\r\n"
    )


def test_statements_that_share_a_line_have_no_room_for_others() -> None:
    """Neither above nor below."""
    text = "if a: b(); c()\n"
    code = Code(text, ast.parse(text))
    inner = [node for node in ast.walk(code.tree) if isinstance(node, ast.Expr)]
    assert lines_before(code, inner[1], "x") is None
    assert lines_after(code, inner[0], "x") is None


def test_an_expression_without_a_known_place_is_written_anew() -> None:
    """As it can be in f-strings."""
    text = "x = a + b\n"
    code = Code(text, ast.parse(text))
    moved = ast.parse("c   +  d", mode="eval").body
    assert not is_placed(code, moved)
    assert source(code, moved) == "c + d"
