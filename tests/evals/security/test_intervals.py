"""Shares come with what chance could make of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.security.intervals import Rate


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        # Worked by hand from Wilson's formula with z = 1.96; the first is in many textbooks.
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, table I: .2553 to .3662
    ],
)
def test_the_interval_is_wilsons(k: int, n: int, low: float, high: float) -> None:
    assert Rate(k, n).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_share_lies_in_its_interval(pair: tuple[int, int]) -> None:
    rate = Rate(*pair)
    low, high = rate.interval
    assert 0.0 <= low < high <= 1.0
    assert rate.share is None or low <= rate.share <= high


def test_a_share_of_nothing_is_none() -> None:
    assert Rate(0, 0).share is None
    assert str(Rate(0, 0)) == "none of 0"


@pytest.mark.parametrize("pair", [(2, 1), (-1, 1)])
def test_more_than_all_is_refused(pair: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no share"):
        Rate(*pair)
