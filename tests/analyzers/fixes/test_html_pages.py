"""Strings that become a page are told from others, and values from markup."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.html_pages import is_markup, is_page


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("r = httpx.get('http://' + h)\n", False),
        ("u = 'http://' + h\nr = httpx.get(u)\n", False),
        ("r = layout('<p>' + h)\n", True),
        ("def f(h):\n    return 'Hello ' + h\n", True),
        ("def f(h):\n    return Response(('Hello ' + h).encode())\n", True),
        ("p = 'Hello ' + h\nout.write(p)\n", True),
    ],
)
def test_an_address_is_no_page(text: str, wanted: bool) -> None:
    """What it is given to says so, or its tags."""
    code = Code(text, ast.parse(text))
    (string,) = [node for node in ast.walk(code.tree) if isinstance(node, ast.BinOp)]
    assert is_page(code, string) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = mark_safe('<b>')\ny = x\n", True),
        ("x = '<b>ok</b>'\ny = x\n", True),
        ("y = format_html('<b>{}</b>', z)\n", True),
        ("x = request.args['a']\ny = x\n", False),
        ("x = 'ok'\ny = x\n", False),
    ],
)
def test_what_was_made_to_be_markup(text: str, wanted: bool) -> None:
    """By a call, or as it is written."""
    code = Code(text, ast.parse(text))
    last = code.tree.body[-1]
    assert isinstance(last, ast.Assign)
    assert is_markup(code, last.value) is wanted
