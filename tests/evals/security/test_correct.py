"""What a post-check does to right programs is told: left alone, changed, broken, withheld."""

from __future__ import annotations

import pytest

from analyzers.sandbox.sandbox import Sandbox
from evals.errors import SamplesError
from evals.humaneval.problems import load_problems
from evals.security.correct import Candidate, Treated, metrics, table, treat_correct
from evals.security.finding import Offer, Span

PROBLEMS = load_problems()[:5]


def check(text: str, span: Span, language: str) -> Offer:
    """Treats each of the five problems in another way."""
    body = text[span.start : span.end]
    number = next(i for i, p in enumerate(PROBLEMS) if f"def {p.entry_point}(" in text)
    if number == 0:
        return Offer(body)
    if number == 1:
        return Offer(body + "    # checked\n", "added a comment")
    if number == 2:
        return Offer("    return None\n", "took everything out")
    if number == 3:
        return Offer(None, "not liked")
    raise RuntimeError("lost its way")


@pytest.fixture(scope="module")
def treated() -> list[Treated]:
    candidates = [Candidate(p, "canonical", p.canonical_solution) for p in PROBLEMS]
    candidates.append(Candidate(PROBLEMS[0], "wrong", "    return None\n"))
    with Sandbox() as sandbox:
        return treat_correct(sandbox, candidates, check, jobs=2, quiet=True)


def test_only_right_programs_count_and_each_change_is_judged(treated: list[Treated]) -> None:
    assert [(one.candidate.origin, one.became) for one in treated] == [
        ("canonical", "offered"),
        ("canonical", "changed"),
        ("canonical", "broken"),
        ("canonical", "withheld"),
        ("canonical", "check failed"),
    ]
    assert [one.verdict().passed for one in treated] == [True, False, False, False, False]


def test_the_figures_name_what_was_touched(treated: list[Treated]) -> None:
    assert metrics(treated) == {
        "correct": 5,
        "changed_or_withheld": 4,
        "changed_or_withheld_rate": 0.8,
        "broken": 1,
    }
    shown = table(treated)
    assert "1 broken" in shown
    assert "canonical HumanEval/3: withheld: not liked" in shown
    assert "HumanEval/0" not in shown


def test_nothing_can_be_asked_of_wrong_programs_alone() -> None:
    wrong = [Candidate(PROBLEMS[0], "wrong", "    return None\n")]
    with Sandbox() as sandbox, pytest.raises(SamplesError, match="none of the completions"):
        treat_correct(sandbox, wrong, check, jobs=1, quiet=True)
