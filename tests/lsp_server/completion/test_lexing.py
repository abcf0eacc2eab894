"""Strings, comments and brackets, as far as a bracket counter needs them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_server.completion.lexing import Lexed, lex, lex_lines
from lsp_server.completion.syntax import syntax_of

PYTHON = syntax_of("python")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "f(a, [b", Lexed(stack="([")),
        ("python", "f(a)]", Lexed(unmatched="]")),
        ("python", "x = '('", Lexed()),
        ("python", "x = 'it\\'s (", Lexed("string", "'")),
        ("python", "# (", Lexed("comment", "\n")),
        ("python", '"""a\n(b', Lexed("string", '"""')),
        ("python", 'x = "a\ny = (', Lexed(stack="(", broken=1)),
        ("python", "x = '# no comment' + (", Lexed(stack="(")),
        ("c", "f(/* ) */", Lexed(stack="(")),
        ("c", "char c = '(';", Lexed()),
        ("c", "/* (\n", Lexed("comment", "*/")),
        ("javascript", "`${(`\n{", Lexed(stack="{")),
        ("javascript", "s.replace(/['(]/g, {", Lexed(stack="({")),
        ("javascript", "a / (b / c", Lexed(stack="(")),
        ("javascript", "x = 1 // (", Lexed("comment", "\n")),
        ("rust", "fn f<'a>(x: &'a str) { let c = '(';", Lexed(stack="{")),
        ("go", "s := `\n(`", Lexed()),
        ("plaintext", "it's (", Lexed(stack="(")),
    ],
)
def test_a_scan_ends_where_the_text_leaves_it(language: str, text: str, expected: Lexed) -> None:
    assert lex(text, syntax_of(language)) == expected


def test_lines_know_their_depth_and_what_they_start_in() -> None:
    _, marks = lex_lines("f(a,\n  b)\nx = '''\n(\n'''\n", PYTHON)
    assert [(mark.depth, mark.low, mark.starts_in) for mark in marks] == [
        (0, 0, "code"),
        (1, 0, "code"),
        (0, 0, "code"),
        (0, 0, "string"),
        (0, 0, "string"),
        (0, 0, "code"),
    ]


@given(
    st.text(alphabet="a'\"()[]{}#/*`\\\n", max_size=50),
    st.integers(0, 50),
    st.sampled_from(["python", "c", "lua", "plaintext"]),
)
def test_every_line_has_one_mark(text: str, cut: int, language: str) -> None:
    _, marks = lex_lines(text[:cut], syntax_of(language))
    assert len(marks) == text[:cut].count("\n") + 1


@given(st.lists(st.text(alphabet="ab('[])#: ", max_size=12), max_size=6))
def test_a_scan_can_go_on_from_the_end_of_a_line(lines: list[str]) -> None:
    state = Lexed()
    for line in lines:
        state = lex(line + "\n", PYTHON, state)
    assert state == lex("".join(line + "\n" for line in lines), PYTHON)


def test_a_long_string_of_backslashes_takes_no_time_to_reject() -> None:
    assert lex("'" + "\\" * 50_001, PYTHON).mode == "string"
