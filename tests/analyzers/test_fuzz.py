"""No text makes the analyzers raise, and no rule fails on one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.check import Insertion, check, check_prefixes, scan
from analyzers.finding import Span
from evals.fuzz_analyzers import Tally, corpus, made, tried
from tests.analyzers.samples import IS_FULL

TEXTS = corpus()
# `python -m evals.fuzz_analyzers` tries as many as one likes.
N_INPUTS = 4000 if IS_FULL else 160
N_PARTS = 2


@pytest.mark.parametrize("part", range(N_PARTS))
def test_mutated_code_and_odd_texts_have_reports(part: int) -> None:
    tally = Tally()
    for number in range(part, N_INPUTS, N_PARTS):
        tried(number, 7, TEXTS, tally)
    assert not tally.raised
    assert not [line for line in tally.failed_rules if "too slow" not in line]
    assert tally.n == N_INPUTS // N_PARTS
    assert len(tally.levels) > 3


@given(
    st.text(max_size=200),
    st.text(max_size=60),
    st.integers(-3, 210),
    st.integers(-3, 210),
    st.sampled_from(("python", "javascript", "typescript", "markdown", "go", "\0")),
)
@settings(max_examples=60, deadline=None)
def test_any_text_at_any_place_has_a_report(
    document: str, text: str, start: int, end: int, language: str
) -> None:
    insertion = Insertion(Span(start, end), text)
    for report in (
        check(document, insertion, language),
        check_prefixes(document, insertion, language),
    ):
        assert report.text in (None, text) or report.verdict == "fix"
        assert report.is_checked or report.why
        assert (report.text is None) == (report.verdict == "block")
    assert scan(document, language).level


@pytest.mark.parametrize(
    "text",
    ["(" * 5000, "[" * 5000 + "]" * 5000, "-" * 20000 + "1", "x = " + "a." * 8000 + "b",
     "if x:\n" * 50 + " y", "x = '" * 900, "f'" + "{f'" * 200, "\n" * 200_000, "\\\n" * 5000,
     "class A:\n" * 3000, '"""' * 1501, "@a\n" * 3000, "é" * 50_000, "#" * 100_000 + "\r" * 1000,
     "eval(" * 500 + ")" * 500, "import " + ", ".join(f"m{i}" for i in range(4000))],
    ids=range(16),
)  # fmt: skip
def test_a_text_made_to_be_slow_has_a_report(text: str) -> None:
    report = check("", Insertion(Span(0, 0), text), "python")
    assert report.is_checked or report.why
    assert scan(text, "javascript").level


def test_an_input_can_be_made_again_from_its_number() -> None:
    assert made(5, 1, TEXTS) == made(5, 1, TEXTS)
    assert made(5, 1, TEXTS) != made(6, 1, TEXTS)
