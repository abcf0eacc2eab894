"""What holds is found with few looks."""

from __future__ import annotations

import pytest

from analyzers.fixes.halving import MOST_LOOKS, holding_among


def _asked(bad: set[int], n_items: int) -> tuple[list[int], int]:
    looks: list[list[int]] = []

    def hold(some: list[int]) -> bool:
        looks.append(some)
        return bad.isdisjoint(some)

    return holding_among(list(range(n_items)), hold), len(looks)


@pytest.mark.parametrize("bad", [{0}, {99}, {3, 50}, {1, 2, 3, 4}])
def test_all_that_holds_is_found(bad: set[int]) -> None:
    held, n_looks = _asked(bad, 100)
    assert sorted(held) == [item for item in range(100) if item not in bad]
    assert n_looks <= MOST_LOOKS


def test_one_alone_that_does_not_hold_is_not_asked_again() -> None:
    assert _asked({0}, 1) == ([], 0)


def test_there_is_an_end_to_it_where_nothing_holds() -> None:
    assert _asked(set(range(10_000)), 10_000) == ([], MOST_LOOKS)
