"""Exact tests against the enumeration of every outcome."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.sign_test import (
    ALPHA,
    detectable_drop,
    mcnemar,
    sign_flip,
    smallest_significant_loss,
)


@given(st.integers(0, 10), st.integers(0, 4))
def test_mcnemar_counts_the_coin_rows_that_lose_as_much(n_lost: int, n_gained: int) -> None:
    rows = list(product((0, 1), repeat=n_lost + n_gained))
    assert mcnemar(n_lost, n_gained) == Fraction(sum(sum(r) >= n_lost for r in rows), len(rows))


@given(st.lists(st.integers(-12, 12), max_size=11))
def test_sign_flip_counts_the_sign_rows_that_sum_as_low(changes: list[int]) -> None:
    rows = list(product((-1, 1), repeat=len(changes)))
    low = sum(
        sum(sign * abs(change) for sign, change in zip(row, changes, strict=True)) <= sum(changes)
        for row in rows
    )
    assert sign_flip(changes) == Fraction(low, len(rows))


@given(st.integers(0, 40), st.integers(0, 40))
def test_flipping_single_verdicts_is_mcnemar(n_lost: int, n_gained: int) -> None:
    assert sign_flip([-6] * n_lost + [6] * n_gained + [0] * 9) == mcnemar(n_lost, n_gained)


def test_large_sums_are_still_counted_exactly() -> None:
    changes = [(-1) ** i * (i % 41) for i in range(164)]
    assert sign_flip(changes) + sign_flip([-c for c in changes]) > 1
    assert 0 < sign_flip([-abs(c) for c in changes]) == Fraction(1, 2**160)


@pytest.mark.parametrize(
    ("n_gained", "n_lost"), [(0, 5), (2, 9), (4, 12), (6, 15), (8, 18), (10, 20), (12, 23)]
)
def test_the_smallest_significant_losses_are_the_tabled_ones(n_gained: int, n_lost: int) -> None:
    assert smallest_significant_loss(n_gained) == n_lost
    assert mcnemar(n_lost - 1, n_gained) > ALPHA >= mcnemar(n_lost, n_gained)


def test_a_floor_raises_the_smallest_significant_loss() -> None:
    assert smallest_significant_loss(0, floor=7) == 8
    assert smallest_significant_loss(4, floor=7) == 12


@pytest.mark.parametrize(("n_gained", "n_lost", "p"), [(9, 38, 1.2e-5), (38, 9, 1.0)])
def test_the_example_of_two_published_models_has_its_known_chance(
    n_gained: int, n_lost: int, p: float
) -> None:
    # 1.5B against 7B on the official verdicts: 38 and 9 discordant, two-sided p = 2.5e-5.
    assert float(mcnemar(n_lost, n_gained)) == pytest.approx(p, rel=0.05)


@pytest.mark.parametrize(("discordance", "drop"), [(0.05, 0.045), (0.10, 0.065), (0.15, 0.08)])
def test_the_detectable_drop_of_164_tasks_is_the_known_one(discordance: float, drop: float) -> None:
    assert detectable_drop(164, discordance) == pytest.approx(drop, abs=0.0026)


def test_a_simulated_drop_is_found_as_often_as_promised() -> None:
    drop = detectable_drop(164, 0.10)
    assert drop is not None
    generator = np.random.default_rng(11)
    lose = (0.10 + drop) / 2
    draws = generator.multinomial(164, [lose, 0.10 - lose, 0.90], size=4000)
    found = np.mean([mcnemar(int(lost), int(gained)) <= ALPHA for lost, gained, _ in draws])
    assert found == pytest.approx(0.80, abs=0.025)


def test_too_few_tasks_can_find_no_drop() -> None:
    assert detectable_drop(20, 0.05) is None
