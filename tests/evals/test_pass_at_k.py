"""Pass rates against what enumeration and simulation say."""

from __future__ import annotations

import math
import statistics
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.pass_at_k import Tally, pass_at_k, problem_of, standard_error, summarize


@given(st.data())
def test_pass_at_k_equals_the_share_of_all_subsets_that_hold_a_pass(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 10))
    n_passed = data.draw(st.integers(0, n))
    k = data.draw(st.integers(1, n))
    subsets = list(combinations([True] * n_passed + [False] * (n - n_passed), k))
    share = Fraction(sum(map(any, subsets)), len(subsets))
    assert pass_at_k(n, n_passed, k) == pytest.approx(float(share), abs=1e-12)


def test_pass_at_k_stays_finite_for_many_samples() -> None:
    assert pass_at_k(100_000, 1, 100) == pytest.approx(0.001, abs=1e-9)


@pytest.mark.parametrize(("n", "n_passed", "k"), [(3, 0, 4), (3, 0, 0), (3, 4, 1), (3, -1, 1)])
def test_pass_at_k_refuses_what_cannot_be(n: int, n_passed: int, k: int) -> None:
    with pytest.raises(ValueError, match=r"pass@|cannot"):
        pass_at_k(n, n_passed, k)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30))
def test_without_clusters_the_error_is_that_of_a_mean(rates: list[float]) -> None:
    by_task = {f"HumanEval/{i}": rate for i, rate in enumerate(rates)}
    expected = statistics.stdev(rates) / math.sqrt(len(rates))
    assert standard_error(by_task) == pytest.approx(expected, abs=1e-12)


def test_the_clustered_error_is_the_spread_of_the_mean_over_drawn_problems() -> None:
    generator = np.random.default_rng(5)

    def draw() -> dict[str, float]:
        # Every line of a problem passes or none does, so that clustering matters most.
        verdicts = generator.random(60) < 0.5
        return {
            f"HumanEval/{i}/L{line}": float(verdict)
            for i, verdict in enumerate(verdicts)
            for line in range(4)
        }

    draws = [draw() for _ in range(400)]
    means = [statistics.fmean(rates.values()) for rates in draws]
    errors = [error for rates in draws if (error := standard_error(rates)) is not None]
    assert statistics.fmean(errors) == pytest.approx(statistics.stdev(means), rel=0.1)


def test_siblings_that_repeat_each_other_add_no_certainty() -> None:
    single = {f"HumanEval/{i}": float(i % 3 == 0) for i in range(30)}
    tripled = {f"{task}/L{line}": rate for task, rate in single.items() for line in range(3)}
    assert standard_error(tripled) == pytest.approx(standard_error(single))


@pytest.mark.parametrize("rates", [{}, {"HumanEval/1": 1.0}, {"a/1/L0": 1.0, "a/1/L1": 0.0}])
def test_one_problem_has_no_error(rates: dict[str, float]) -> None:
    assert standard_error(rates) is None


@pytest.mark.parametrize(
    ("task_id", "problem"),
    [
        ("HumanEval/12", "HumanEval/12"),
        ("HumanEval/12/L3", "HumanEval/12"),
        ("SingleLineInfilling/HumanEval/0/L0", "SingleLineInfilling/HumanEval/0"),
        ("RandomSpanInfillingLight/HumanEval/101/1", "RandomSpanInfillingLight/HumanEval/101"),
        ("cwe-89", "cwe-89"),
        ("v2/a1/b", "v2/a1/b"),
    ],
)
def test_a_problem_is_named_up_to_the_first_number(task_id: str, problem: str) -> None:
    assert problem_of(task_id) == problem


def test_a_summary_reports_each_k_that_every_task_has_samples_for() -> None:
    summary = summarize({"a/1": Tally(10, 5), "a/2": Tally(5, 0)}, ks=(1, 5, 10))
    assert summary.pass_at_1 == 0.25
    assert summary.pass_at_k == pytest.approx({1: 0.25, 5: (1 - 1 / 252) / 2})


def test_no_tasks_are_no_passes() -> None:
    assert summarize({}).pass_at_1 == 0.0
