"""Texts are compared as an editor keeps them, and functions are run as they would stand there."""

from __future__ import annotations

import dataclasses

import pytest

from evals.infilling.scoring import edit_similarity, exact_match, filled
from evals.infilling.tasks import InfillingTask

LINE = InfillingTask("t", "def f(a):\n", "    return b\n", "    b = a\n", "f", "", "HumanEval/0")
SPAN = dataclasses.replace(
    LINE, prefix="def f(a):\n    b", answer=" = a", suffix="\n    return b\n"
)


@pytest.mark.parametrize("inserted", ["    b = a", "    b = a\n"])
def test_a_line_stands_on_a_line_of_its_own(inserted: str) -> None:
    assert filled(LINE, inserted) == "def f(a):\n    b = a\n    return b\n"


def test_a_span_is_put_where_it_was() -> None:
    assert filled(SPAN, " = 2") == "def f(a):\n    b = 2\n    return b\n"


def test_an_exact_match_forgives_the_line_end_and_nothing_else() -> None:
    assert exact_match("    b = a", LINE.answer)
    assert not exact_match("b = a", LINE.answer)
    assert not exact_match("    b = a ", LINE.answer)


def test_similarity_runs_from_nothing_in_common_to_equal() -> None:
    assert edit_similarity("abc\n", "abc") == 1.0
    assert edit_similarity("xyz", "abc") == 0.0
    assert edit_similarity("", "") == 1.0
    assert edit_similarity("abxd", "abcd") == pytest.approx(0.75)
