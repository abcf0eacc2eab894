"""Waiting times of which some were cut off."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.latency.survival import quantile

TIMES = st.lists(st.floats(0, 1000).map(lambda ms: round(ms, 2)), min_size=1, max_size=30)


@given(TIMES, st.floats(0.01, 1.0))
def test_with_nothing_cut_off_it_is_the_ordinary_quantile(times: list[float], share: float) -> None:
    needed = next(
        time for i, time in enumerate(sorted(times)) if (i + 1) / len(times) >= share - 1e-9
    )
    assert quantile(times, [], share) == needed


@given(TIMES, TIMES, st.floats(0.01, 1.0))
def test_cut_off_waits_never_make_it_faster(
    times: list[float], cut: list[float], share: float
) -> None:
    known = quantile(times, cut, share)
    assert known is None or known >= (quantile(times, [], share) or 0.0)


def test_a_worked_example() -> None:
    # Four waits; one is cut off at 2. At 1: 3/4 wait on. At 3, of two left: 3/8. At 4: none.
    assert quantile([1.0, 3.0, 4.0], [2.0], 0.25) == 1.0
    assert quantile([1.0, 3.0, 4.0], [2.0], 0.5) == 3.0
    assert quantile([1.0, 3.0, 4.0], [2.0], 0.99) == 4.0


@pytest.mark.parametrize(("ended", "cut"), [([], [5.0]), ([], []), ([1.0], [9.0, 9.0, 9.0])])
def test_what_was_never_seen_is_unknown(ended: list[float], cut: list[float]) -> None:
    assert quantile(ended, cut, 0.5) is None
