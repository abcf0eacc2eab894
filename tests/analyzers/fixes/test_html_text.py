"""Where in a page a value stands decides whether escaping it is enough."""

from __future__ import annotations

import ast

import pytest

from analyzers.code import Code
from analyzers.fixes.html_text import is_in_template, is_whole, places
from analyzers.fixes.parts import Template
from analyzers.fixes.templates import template


def _made(page: str) -> Template:
    text = f"x = {' + x + '.join(map(repr, page.split('@')))}\n"
    code = Code(text, ast.parse(text))
    assigned = code.tree.body[0]
    assert isinstance(assigned, ast.Assign)
    made = template(code, assigned.value)
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ("<p>@</p>", ["text"]),
        ("a < b: @", ["text"]),
        ("<p class='@' title=\"@\">@</p>", ["quoted", "quoted", "text"]),
        ("<br/>@<!-- @ -->@", ["text", "unsafe", "text"]),
        ("<title>@</title>", ["text"]),
        ("<a href=@>", ["unsafe"]),
        ("<a @>", ["unsafe"]),
        ("<@>", ["unsafe"]),
        ("<a href='@'>@</a>", ["unsafe", "text"]),
        ("<a href='/@'>", ["unsafe"]),
        ("<a href='javascript:go(\"@\")'>", ["unsafe"]),
        ("<a href='/user/@'>", ["quoted"]),
        ("<a href='https://a.example/?q=@'>", ["quoted"]),
        ("<b onclick='go(\"@\")' style='@'>", ["unsafe", "unsafe"]),
        ("<script>go(@)</script>@", ["unsafe", "text"]),
        ("<SCRIPT src='/a.js'></SCRIPT ><p>@", ["text"]),
        ("<style>@</style>", ["unsafe"]),
    ],
)
def test_places_of_values(page: str, where: list[str]) -> None:
    """In text, in quotes, or where no escaping helps."""
    assert [at for _, at in places(_made(page).parts)] == where


@pytest.mark.parametrize(
    ("page", "whole"),
    [("<p>@</p>", True), ("<a href='@", False), ("<script>@", False), ("<p>@<a", False)],
)
def test_a_page_that_ends_between_tags_is_whole(page: str, whole: bool) -> None:
    """What follows another stands in no tag."""
    assert is_whole(_made(page).parts) is whole


@pytest.mark.parametrize(
    ("page", "inside"),
    [("{{ a }}@", False), ("{{ a[@] }}", True), ("{% if @ %}", True), ("{# @ #}", True)],
)
def test_a_value_in_an_expression_of_a_template(page: str, inside: bool) -> None:
    """It is code there."""
    made = _made(page)
    assert is_in_template(made.parts, made.holes[0]) is inside
