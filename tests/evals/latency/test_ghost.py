"""Ghost text: what is left of it, what may be taken, what it would add."""

from __future__ import annotations

from typing import Any

import pytest

from evals.latency.ghost import Ghost, cut, insertion, n_matching


def test_typing_along_leaves_the_rest_and_another_way_leaves_nothing() -> None:
    ghost = Ghost("return", 1.0)
    assert ghost.after("re") == Ghost("turn", 1.0)
    assert ghost.after("rx") is None
    assert ghost.after("return") is None


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("foo(bar)\n  x", "foo(bar)", "foo"),
        ("(bar)", "(bar)", "("),
        ("\n    x = 1\n", "\n    x = 1", "\n    x"),
        ("\r\na\r\nb", "\r\na", "\r\na"),
        (" + b", " + b", " +"),
    ],
)
def test_lines_and_words_are_cut_as_editors_cut_them(text: str, line: str, word: str) -> None:
    assert (cut(text, "line"), cut(text, "word"), cut(text, "full")) == (line, word, text)


def test_the_largest_part_that_agrees_is_taken() -> None:
    ghost = Ghost("a = b\nc = d", 0.0)
    assert ghost.part_that_agrees("full", "a = b\nc = d, e") == ("full", "a = b\nc = d")
    assert ghost.part_that_agrees("full", "a = b\nelse") == ("line", "a = b")
    assert ghost.part_that_agrees("full", "a = x") == ("word", "a")
    assert ghost.part_that_agrees("word", "a = b\nc = d") == ("word", "a")
    assert ghost.part_that_agrees("full", "b") is None
    assert ghost.part_that_agrees("full", "") is None


def span(start: int, end: int) -> dict[str, Any]:
    return {"start": {"line": 0, "character": start}, "end": {"line": 0, "character": end}}


@pytest.mark.parametrize(
    ("item", "added"),
    [
        ({"insertText": "c"}, "c"),
        ({"insertText": {"kind": "snippet", "value": "c"}}, "c"),
        ({"insertText": "c", "range": span(2, 2)}, "c"),
        ({"insertText": "abc", "range": span(0, 2)}, "c"),
        ({"insertText": "c)", "range": span(2, 3)}, "c"),
        ({"insertText": "xbc", "range": span(0, 2)}, None),
        ({"insertText": "c", "range": span(3, 3)}, None),
        ({"insertText": "c", "range": span(90, 99)}, None),
        ({"insertText": ")", "range": span(1, 3)}, None),
    ],
)
def test_what_an_item_adds_at_the_cursor(item: dict[str, Any], added: str | None) -> None:
    assert insertion("ab)", 2, item) == added


def test_matching_counts_from_the_first_character_on() -> None:
    assert n_matching("return x", "return y") == 7
    assert n_matching("abc", "ab") == 2
    assert n_matching("xbc", "abc") == 0
