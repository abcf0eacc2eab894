"""Markup is made of text that was escaped on its way in."""

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from evals.markup import Cell, Markup, detail, element, escape, table


@given(st.text(st.characters(categories=["L", "P", "S", "N"])))
def test_printable_text_comes_back_from_its_escape(text: str) -> None:
    shown = escape(text)
    assert html.unescape(shown) == text
    assert not {"<", ">", '"', "'"} & set(shown)


def test_what_cannot_be_printed_is_spelled_in_the_page_too() -> None:
    assert escape("\x1b[2J\u202e\x00<") == "\\x1b[2J\\u202e\\x00&lt;"


def test_markup_is_not_escaped_twice() -> None:
    assert element("b", Markup("&lt;"), "<", css="a b", data_value='"').text == (
        '<b class="a b" data-value="&quot;">&lt;&lt;</b>'
    )


def test_a_table_without_heads_has_no_empty_head() -> None:
    text = table("facts", [], [("", [Cell("name"), Cell("1", is_number=True)])]).text
    assert "<thead>" not in text
    assert '<th scope="row">name</th><td class="number">1</td>' in text


def test_a_short_detail_is_shown_and_a_long_one_is_folded_under_its_last_line() -> None:
    assert detail("").text == ""
    assert detail("a < b").text == "<code>a &lt; b</code>"
    text = detail("Traceback:\n  line 1\nIndexError: no\n\n").text
    assert text.startswith("<details><summary><code>IndexError: no</code></summary><pre>Traceback:")
