"""Calls by what is called."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Span
from analyzers.patterns.calls import argument, keyword, may_have_more, methods, named, names

TEXT = """\
import hashlib as h
from ssl import wrap_socket

h.md5(a)
wrap_socket(s)
client.session.get(u)
make().get(v)
"""


def code_of(text: str) -> Code:
    return Code(text, ast.parse(text))


def call_of(text: str) -> ast.Call:
    call = ast.parse(text, mode="eval").body
    assert isinstance(call, ast.Call)
    return call


def test_functions_are_known_through_the_imports() -> None:
    code = code_of(TEXT)
    assert [code.source(call) for call in named(code, "hashlib.md5", "ssl.wrap_socket")] == [
        "h.md5(a)",
        "wrap_socket(s)",
    ]
    assert list(named(code, "md5", "h.md5")) == []


def test_methods_are_known_by_their_last_name_whatever_they_are_of() -> None:
    code = code_of(TEXT)
    assert [code.source(call) for call in methods(code, "get")] == [
        "client.session.get(u)",
        "make().get(v)",
    ]


def test_every_call_with_a_name_is_listed_with_it() -> None:
    assert {name for name, _ in names(code_of(TEXT))} == {
        "hashlib.md5", "ssl.wrap_socket", "client.session.get", "make",
    }  # fmt: skip


def test_calls_outside_of_the_focus_are_left_out() -> None:
    code = Code(TEXT, ast.parse(TEXT), Span(TEXT.index("h.md5"), TEXT.index("wrap_socket(s)")))
    assert [name for name, _ in names(code)] == ["hashlib.md5"]


def test_an_argument_is_found_by_place_or_by_name() -> None:
    def text(node: ast.expr | None) -> str | None:
        return None if node is None else ast.unparse(node)

    assert text(argument(call_of("f(a, b)"), 1, "y")) == "b"
    assert text(argument(call_of("f(a, y=c)"), 1, "y")) == "c"
    assert argument(call_of("f(a)"), 1, "y") is None
    assert argument(call_of("f(*a, b)"), 1, "y") is None
    assert text(argument(call_of("f(*a, y=c)"), 1, "y")) == "c"
    assert text(keyword(call_of("f(y=1, **z)"), "y")) == "1"


def test_a_call_may_have_more_through_stars_or_while_it_is_typed() -> None:
    text = "f(a)\nf(*a)\nf(**a)\n"
    tree = ast.parse(text)
    plain, starred, doubled = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    code = Code(text, tree)
    assert [may_have_more(code, call) for call in (plain, starred, doubled)] == [False, True, True]
    assert may_have_more(Code(text, tree, opened=frozenset({plain})), plain)
