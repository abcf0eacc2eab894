"""Logical lines of broken texts, and what closes them."""

from __future__ import annotations

import pytest

from analyzers.reading.logical import Lexed, lex


def _lex(text: str, **given: object) -> Lexed:
    return lex(text.splitlines(keepends=True), **given)  # type: ignore[arg-type]


def test_lines_go_on_inside_brackets_strings_and_behind_a_backslash() -> None:
    lexed = _lex("a = (1,\n  2)\n\nb = '''\n'''; c\nd = \\\n  e  # f\n")
    assert [(line.first, line.last, line.word) for line in lexed.logicals] == [
        *((0, 1, "a"), (3, 4, "b"), (5, 6, "d"))
    ]
    assert [line.added for line in lexed.logicals] == ["", "", ""]


@pytest.mark.parametrize(
    ("text", "added"),
    [
        ("f(a, [b", "])"),
        ("f(a, 'b", "')"),
        ("f({'a': \"b", '"})'),
        ("x = '''a\nb\n", "'''"),
        ("x = f'{a", "}'"),
        ("x = f'{a(b", ")}'"),
        ('x = f"{a["b', '"]}"'),
        ("x = rb'a", "'"),
    ],
)
def test_what_is_open_at_the_end_is_closed(text: str, added: str) -> None:
    (line,) = _lex(text).logicals
    assert line.added == added


def test_a_bracket_is_closed_above_a_line_that_stands_in_none() -> None:
    lexed = _lex("x = f(a,\ndef g():\n  y = [\n  return y\n")
    assert [(line.word, line.added) for line in lexed.logicals] == [
        *(("x", ")"), ("def", ""), ("y", "]"), ("return", ""))
    ]


def test_a_bracket_is_closed_above_the_one_that_closes_another() -> None:
    lexed = _lex("f(a[1)")
    assert lexed.inserted == {0: [(5, "]")]}
    assert lexed.logicals[0].added == ""


def test_a_closing_bracket_without_an_opening_is_taken_out() -> None:
    lexed = _lex("x\ny = a) + b")
    assert lexed.erased == {(1, 5)}
    assert lexed.stray == ""


@pytest.mark.parametrize(
    ("text", "stray"),
    [("a,\nb=1)", "_("), ("a,\nb]", "["), ("'a': 1}", "{"), ("a,\nb=1) -> int:", "def _(")],
)
def test_it_is_said_what_a_text_was_cut_out_of(text: str, stray: str) -> None:
    assert _lex(text).stray == stray


def test_a_text_inside_brackets_is_one_line() -> None:
    lexed = _lex("  a,\n  b=1)\nc", opened=["_("])
    assert [(line.first, line.last) for line in lexed.logicals] == [(0, 1), (2, 2)]
    assert lexed.inserted == {0: [(2, "_(")]}
    assert not lexed.erased


def test_rows_may_be_closed_on_demand() -> None:
    text = "x = f(a,\ny = 1\nz = 2"
    assert len(_lex(text).logicals) == 1
    assert [line.word for line in _lex(text, closed={0}).logicals] == ["x", "y", "z"]
