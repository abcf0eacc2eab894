"""Known answers: found at their place, and in part where their beginning was typed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_server.completion.query import CompletionOptions, CompletionQuery, EmptyReason
from lsp_server.serving.answers import Answer, Answers

OPTIONS = CompletionOptions()
URI = "file:///a.py"


def known(text: str, reason: EmptyReason | None = None) -> Answers:
    answers = Answers()
    answers.add(URI, Answer("x = ", "\n", text, reason, "", OPTIONS))
    return answers


def find(
    answers: Answers, before: str, after: str = "\n", uri: str = URI
) -> tuple[str, EmptyReason | None] | None:
    query = CompletionQuery(before + after, len(before))
    found = answers.find(uri, query, OPTIONS)
    return None if found is None else (found.text, found.reason)


def test_it_is_found_where_it_was_made_and_where_its_beginning_was_typed() -> None:
    answers = known("left + right")
    assert find(answers, "x = ") == ("left + right", None)
    assert find(answers, "x = left ") == ("+ right", None)


@pytest.mark.parametrize("before", ["x = r", "x =", "y = ", "x = left + right", "x = leftover"])
def test_another_beginning_finds_nothing(before: str) -> None:
    assert find(known("left + right"), before) is None


def test_another_end_or_document_or_setting_finds_nothing() -> None:
    answers = known("left")
    assert find(answers, "x = ", "\n\n") is None
    assert find(answers, "x = ", uri="file:///b.py") is None
    query = CompletionQuery("x = \n", 4)
    assert answers.find(URI, query, replace(OPTIONS, seed=1)) is None


def test_blanks_that_are_left_are_no_answer() -> None:
    assert find(known("left\n    "), "x = left") is None


def test_an_empty_answer_holds_at_its_own_place_alone() -> None:
    answers = known("", "model_stopped")
    assert find(answers, "x = ") == ("", "model_stopped")
    assert find(answers, "x = l") is None


@pytest.mark.parametrize("reason", ["cancelled", "failed", "blocked", "unchecked", "stale"])
def test_reasons_that_may_be_others_next_time_are_not_kept(reason: EmptyReason) -> None:
    assert len(known("", reason)) == 0


def test_the_newest_answer_is_found_and_the_oldest_forgotten() -> None:
    answers = known("old")
    answers.add(URI, Answer("x = ", "\n", "new", None, "", OPTIONS))
    assert find(answers, "x = ") == ("new", None)
    for n in range(30):
        answers.add(URI, Answer(f"{n} = ", "\n", "1", None, "", OPTIONS))
    assert find(answers, "x = ") is None
    for n in range(30):
        answers.add(f"file:///{n}", Answer("x = ", "\n", "1", None, "", OPTIONS))
    assert find(answers, "29 = ") is None
    answers.forget("file:///29")
    assert find(answers, "x = ", uri="file:///29") is None
    assert find(answers, "x = ", uri="file:///28") == ("1", None)


@given(st.text("ab \n", max_size=8), st.integers(0, 8), st.text("ab \n", max_size=4))
def test_what_is_found_makes_the_document_that_was_offered(
    text: str, n_typed: int, other: str
) -> None:
    answers = known(text)
    typed = text[:n_typed] + other
    found = find(answers, "x = " + typed)
    if found is not None and found[0]:
        assert "x = " + typed + found[0] == "x = " + text
    elif text.startswith(typed) and text[len(typed) :].strip():
        raise AssertionError("it was not found")
