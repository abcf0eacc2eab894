"""A flight: which texts it serves, and when it gives up by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.engine import CancelToken
from lsp_server.completion.query import CompletionOptions, CompletionQuery
from lsp_server.serving.flight import Flight
from tests.scripted_engine import ScriptedEngine, says

BEFORE, AFTER = "total = ", "\nprint(total)\n"


def flight() -> Flight:
    query = CompletionQuery(BEFORE + AFTER, len(BEFORE), "python", trigger="invoked")
    return Flight(query, CompletionOptions())


def typed_since(one: Flight, before: str, after: str = AFTER) -> str | None:
    return one.typed_since(before + after, len(before))


def test_nothing_written_may_become_anything() -> None:
    assert typed_since(flight(), BEFORE) == ""
    assert typed_since(flight(), BEFORE + "xyz") == "xyz"


@pytest.mark.parametrize(
    ("before", "after"),
    [("total =", AFTER), ("Total = x", AFTER), (BEFORE, AFTER + "\n"), (BEFORE + "x", "\n")],
)
def test_another_text_is_not_served(before: str, after: str) -> None:
    assert typed_since(flight(), before, after) is None


def test_what_was_written_decides() -> None:
    one = flight()
    one.told("left + ")
    assert typed_since(one, BEFORE + "le") == "le"
    assert typed_since(one, BEFORE + "left + right") == "left + right"
    assert typed_since(one, BEFORE + "r") is None


def test_a_line_end_of_the_document_is_one_of_the_model() -> None:
    query = CompletionQuery("if x:\r\n", 5)
    one = Flight(query, CompletionOptions())
    one.told("\n    y")
    assert one.typed_since("if x:\r\n  \r\n", 9) == "\r\n  "


def test_it_gives_up_when_the_user_typed_otherwise() -> None:
    one, cancel = flight(), CancelToken()
    one.typed = "x"
    engine = ScriptedEngine(says("l", "e", "f", "t"))
    result = one.run(engine, cancel, budget_s=None)
    assert one.is_led_astray
    assert (result.text, result.reason) == ("", "cancelled")
    assert engine.n_pieces == 1


def test_a_budget_that_is_used_up_shows_whole_lines() -> None:
    query = CompletionQuery("def f(a):\n", 9, "python", trigger="invoked")
    one = Flight(query, CompletionOptions())
    pieces = ["\n    b = a", "\n    c =", " b\n", "    return c\n"]
    result = one.run(ScriptedEngine(says(*pieces)), CancelToken(), budget_s=0.0)
    assert result.text == "\n    b = a"
    assert "time_budget_ms" in result.detail
    whole = Flight(query, CompletionOptions())
    assert "return c" in whole.run(ScriptedEngine(says(*pieces)), CancelToken(), budget_s=None).text


@given(st.text("ab", max_size=6), st.text("ab", max_size=6))
def test_two_texts_agree_when_one_is_the_beginning_of_the_other(typed: str, written: str) -> None:
    one = flight()
    one.told(written)
    agrees = typed[: len(written)] == written[: len(typed)]
    assert (typed_since(one, BEFORE + typed) == typed) is agrees
