"""The interval against published counts and against drawing by hand."""

from __future__ import annotations

import random
import statistics

import pytest

from evals.bootstrap import clustered_interval


def test_the_interval_of_two_published_models_is_the_known_one() -> None:
    # 38 gained and 9 lost of 164: +9.8 to +25.6 points.
    moves = [1.0] * 38 + [-1.0] * 9 + [0.0] * 117
    low, high = clustered_interval({f"HumanEval/{i}": move for i, move in enumerate(moves)})
    assert (low * 100, high * 100) == pytest.approx((9.8, 25.6), abs=0.7)


def test_problems_are_drawn_whole() -> None:
    changes = {
        f"HumanEval/{i}/L{line}": float((i % 3) - 1) for i in range(20) for line in range(1 + i % 4)
    }
    problems: dict[str, list[float]] = {}
    for task, change in changes.items():
        problems.setdefault(task.rsplit("/", 1)[0], []).append(change)
    rng = random.Random(3)
    means = []
    for _ in range(5000):
        drawn = [c for part in rng.choices(list(problems.values()), k=20) for c in part]
        means.append(statistics.fmean(drawn))
    cuts = statistics.quantiles(means, n=40)
    assert clustered_interval(changes) == pytest.approx((cuts[0], cuts[-1]), abs=0.04)


def test_a_seed_gives_the_same_interval_again() -> None:
    changes = {f"a/{i}": i**0.5 for i in range(50)}
    assert clustered_interval(changes) == clustered_interval(changes)
    assert clustered_interval(changes, seed=1) != clustered_interval(changes, seed=2)


def test_one_problem_has_an_interval_of_one_point() -> None:
    assert clustered_interval({"a/1": -1.0}) == (-1.0, -1.0)
