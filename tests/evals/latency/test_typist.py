"""The model of typing: its shape, and what makes it slower."""

from __future__ import annotations

import random
import statistics

from hypothesis import given
from hypothesis import strategies as st

from evals.latency.typist import Typist


def intervals(before: str, key: str, n: int = 4000) -> list[float]:
    typist = Typist(random.Random(1))
    return [typist.interval_ms(before, key) for _ in range(n)]


def test_the_same_seed_types_alike_and_another_does_not() -> None:
    paces = [Typist(random.Random(seed)).pace_ms for seed in (1, 1, 2)]
    assert paces[0] == paces[1] != paces[2]


def test_people_differ_around_the_published_pace() -> None:
    paces = [Typist(random.Random(seed)).pace_ms for seed in range(2000)]
    assert 190 < statistics.median(paces) < 230
    assert 90 <= min(paces) < 130
    assert 330 < max(paces) <= 500


def test_intervals_are_skewed_to_the_right() -> None:
    within_a_word = intervals("retu", "r")
    assert statistics.mean(within_a_word) > 1.03 * statistics.median(within_a_word)


def test_hands_that_alternate_are_faster_than_one_finger() -> None:
    assert statistics.median(intervals("xf", "j")) < statistics.median(intervals("xf", "r"))


def test_lines_and_words_begin_slower_and_sometimes_with_a_thought() -> None:
    line, word, inside = intervals("x\n    ", "r"), intervals("a ", "r"), intervals("tu", "r")
    medians = [statistics.median(times) for times in (line, word, inside)]
    assert medians[0] > medians[1] > medians[2]
    thoughts = [sum(ms >= 2000 for ms in times) / len(times) for times in (line, word, inside)]
    assert 0.18 < thoughts[0] < 0.26
    assert 0.02 < thoughts[1] < 0.06
    assert thoughts[2] == 0


@given(st.integers(0, 10**6), st.text(max_size=3), st.text(min_size=1, max_size=3))
def test_no_interval_is_beyond_human(seed: int, before: str, key: str) -> None:
    assert 40 <= Typist(random.Random(seed)).interval_ms(before, key) <= 16_500


def test_a_slip_is_the_neighbouring_letter() -> None:
    typist = Typist(random.Random(0))
    assert {typist.slip("d") for _ in range(50)} == {"s", "f"}
    assert {typist.slip("Q") for _ in range(9)} == {"W"}
    assert typist.slip("(") == typist.slip("\n    ") == ""
