"""What stands open is closed in the right order, and what only looks open is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.javascript.closing import ends_of
from analyzers.javascript.grammars import parse


@pytest.mark.parametrize(
    ("text", "closers"),
    [
        ("f(a, [b", "]);"),
        ("function f() { if (a", ");}"),
        ("const a = { b: [", "]}"),
        ("`a ${b + `c ${d", "}`}`"),
        ("x = `a", "`"),
        ("x = 'a", "'"),
        ('f("a', '");'),
        ("a // (", "\n"),
        ("/* (", "*/"),
        ("try {", "}finally{}"),
        ("do {", "}while(0);"),
        ("a ? b", ":_"),
        ("a ? f(b", "):_"),
        ("x = /[(]/; y = a / b / (c", ");"),
        ("return /\\(/.test(", ");"),
        ("'(' + \"[\" + `{`", ""),
        ("a?.b ?? c", ""),
        ("f(a?: string", ");"),
        ("{ a: b ? c : d }", ""),
    ],
)
def test_what_is_open_is_closed(text: str, closers: str) -> None:
    assert ends_of(text).closers == closers
    assert ends_of(text).unopened == ""


def test_what_was_opened_before_is_told_in_order() -> None:
    assert ends_of("a); }) ] b(").unopened == ")})]"


@given(st.text("ab(){}[]`'\"/*?:;$\\\n ", max_size=40))
def test_a_closed_text_is_closed(text: str) -> None:
    ends = ends_of(text)
    closed = ends_of(text + ends.closers)
    assert (closed.closers, closed.unopened) == ("", ends.unopened)


@pytest.mark.parametrize(
    "text", ["f(a, [b", "function f() { if (a", "const f = async () => { g(`${h"]
)
def test_a_text_with_its_closers_parses(text: str) -> None:
    data = (text + ends_of(text).closers).encode()
    assert not parse(data, "javascript").tree.root_node.has_error
