"""Line ends and indentation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_server.completion.layout import (
    columns,
    convert_indent,
    detect_eol,
    detect_unit,
    indent_of_width,
    to_lf,
)
from lsp_server.completion.syntax import syntax_of


@pytest.mark.parametrize(
    ("text", "eol"),
    [
        ("", "\n"),
        ("a\nb", "\n"),
        ("a\r\nb\n\r\n", "\r\n"),
        ("a\rb\r", "\r"),
        ("a\r\nb\nc\nd", "\n"),
    ],
)
def test_the_most_frequent_line_end_is_the_document_s(text: str, eol: str) -> None:
    assert detect_eol(text) == eol


@pytest.mark.parametrize(
    ("lines", "language", "unit"),
    [
        ([], "python", "    "),
        ([], "go", "\t"),
        ([], "javascript", "  "),
        (["def f():", "  pass"], "python", "  "),
        (["def f():", "\tpass"], "python", "\t"),
        (["def f(a,", "      b):", "    pass"], "python", "    "),
        (["/*", " * a", " * b", " */", "f() {", "\tg();"], "c", "\t"),
        (["a:", "  b:", "    c: 1"], "yaml", "  "),
        (["func f() {", "    x"], "go", "    "),
    ],
)
def test_one_step_of_indentation_is_learnt_from_the_blocks(
    lines: list[str], language: str, unit: str
) -> None:
    assert detect_unit(lines, [], syntax_of(language)) == unit
    assert detect_unit([], lines, syntax_of(language)) == unit


@pytest.mark.parametrize(
    ("indent", "unit", "converted"),
    [
        ("\t\t", "  ", "    "),
        ("        ", "\t", "\t\t"),
        ("      ", "\t", "\t  "),
        (" ", "\t", " "),
        ("\t ", "\t", "\t "),
    ],
)
def test_an_indentation_is_converted_step_by_step(indent: str, unit: str, converted: str) -> None:
    assert convert_indent(indent, unit) == converted


@given(st.text(alphabet=" \t", max_size=12), st.sampled_from(["\t", "  ", "    "]))
def test_converting_an_indentation_twice_is_converting_it_once(indent: str, unit: str) -> None:
    once = convert_indent(indent, unit)
    assert convert_indent(once, unit) == once
    if unit != "\t":
        assert "\t" not in once


@given(st.integers(0, 40), st.sampled_from(["\t", "    "]))
def test_an_indentation_has_the_width_it_was_made_for(width: int, unit: str) -> None:
    assert columns(indent_of_width(width, unit)) == width


@given(st.text(alphabet="a\r\n", max_size=20))
def test_no_carriage_return_is_left(text: str) -> None:
    once = to_lf(text)
    assert "\r" not in once
    assert to_lf(once) == once
