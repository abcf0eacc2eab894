"""Youden's index against tables that were made by hand."""

from __future__ import annotations

import pytest

from evals.security.confusion import Confusion, Judged, confusions, mean_youden, total


def judged(category: str, hit: int, missed: int, accused: int, passed: int) -> list[Judged]:
    return [
        *[Judged(category, True, True, True)] * hit,
        *[Judged(category, True, False, True)] * missed,
        *[Judged(category, False, True, True)] * accused,
        *[Judged(category, False, False, True)] * passed,
    ]


@pytest.mark.parametrize(
    ("cells", "youden"),
    [
        ((8, 2, 1, 9), 0.7),
        ((0, 5, 5, 0), -1.0),
        ((5, 0, 0, 5), 1.0),
        ((3, 1, 3, 1), 0.0),
    ],
)
def test_the_index_is_true_minus_false_positive_rate(
    cells: tuple[int, int, int, int], youden: float
) -> None:
    assert confusions(judged("a", *cells))["a"].youden == pytest.approx(youden)


def test_the_mean_does_not_weigh_categories_by_their_size() -> None:
    parts = confusions([*judged("big", 100, 0, 0, 100), *judged("small", 1, 1, 1, 1)])
    assert mean_youden(parts) == pytest.approx(0.5)
    assert total(parts.values()).youden == pytest.approx(101 / 102 - 1 / 102)


def test_a_file_that_was_not_read_is_missed_and_never_right() -> None:
    unread = [Judged("a", True, False, False), Judged("a", False, False, False)]
    part = confusions([*judged("a", 1, 0, 0, 1), *unread])["a"]
    assert part == Confusion(hit=1, passed=1, unchecked_vulnerable=1, unchecked_safe=1)
    assert part.youden == pytest.approx(0.5)
    assert part.strict_youden == pytest.approx(0.0)
    assert part.n_unchecked == 2
    assert not any(file.is_correct for file in unread)


def test_a_category_of_one_kind_has_no_index_and_is_no_part_of_the_mean() -> None:
    parts = confusions([*judged("a", 2, 0, 0, 2), *judged("only safe", 0, 0, 1, 1)])
    assert parts["only safe"].youden is None
    assert mean_youden(parts) == pytest.approx(1.0)
    assert mean_youden({}) is None
