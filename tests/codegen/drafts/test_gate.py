"""The gate: closed by refusals, opened by what would have been right, never by the clock alone."""

from __future__ import annotations

import math

import pytest

from codegen.drafts.gate import MOST_DRAFTED, Gate
from codegen.drafts.lookup import MOST_MATCH, Draft

SHORT = Draft([1, 2, 3, 4, 5, 6, 7, 8], 2)
LONG = Draft(list(range(30)), MOST_MATCH)


def test_a_new_gate_tries_a_little() -> None:
    assert 1 <= Gate().length_for(SHORT) <= 4


def test_drafts_that_hold_are_tried_at_full_length() -> None:
    gate = Gate()
    for _ in range(10):
        gate.learn(LONG, LONG.token_ids)
    assert gate.length_for(LONG) == MOST_DRAFTED


def test_refusals_close_the_gate_and_untried_drafts_that_hold_open_it() -> None:
    gate = Gate()
    n_refused = 0
    while gate.length_for(SHORT):
        gate.learn(SHORT, [99])
        n_refused += 1
        assert n_refused < 20
    for _ in range(20):
        gate.learn(SHORT, [1])
    assert gate.length_for(SHORT) > 0


def test_refusals_of_short_matches_leave_long_ones_alone() -> None:
    gate = Gate()
    for _ in range(20):
        gate.learn(SHORT, [99])
    assert gate.length_for(SHORT) == 0
    assert gate.length_for(LONG) > 0


def test_a_machine_on_which_tokens_cost_full_price_drafts_nothing() -> None:
    gate = Gate()
    for _ in range(60):
        gate.timed(1, 10.0)
        gate.timed(4, 40.0)
    assert gate.cost_ratio(4) == pytest.approx(4.0, rel=0.1)
    assert gate.length_for(LONG) == 0


def test_a_price_that_is_no_longer_measured_is_believed_less() -> None:
    gate = Gate()
    for _ in range(60):
        gate.timed(1, 10.0)
        gate.timed(4, 60.0)
    for _ in range(1000):
        gate.timed(1, 10.0)
    assert gate.length_for(LONG) > 0


def test_a_slow_moment_is_no_price() -> None:
    gate = Gate()
    gate.timed(1, 10.0)
    gate.timed(4, 13.0)
    gate.timed(4, 10_000.0)
    assert gate.cost_ratio(4) < 2.0


def test_the_least_gain_can_ask_for_all_or_for_nothing() -> None:
    assert Gate(least_gain=0.0).length_for(SHORT) > 0
    assert Gate(least_gain=math.inf).length_for(LONG) == 0
