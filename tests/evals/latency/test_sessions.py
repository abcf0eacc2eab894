"""Generated sessions."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.latency.errors import SetUpError
from evals.latency.sessions import Source, make_session
from tests.evals.latency.made import TEXT, generated


@given(st.integers(0, 10**6), st.integers(8, 200))
def test_a_session_takes_text_out_and_types_it_again(seed: int, n_chars: int) -> None:
    session = generated(seed, n_chars)
    assert session.final_text == TEXT
    assert len(session.initial_text) < len(TEXT)
    times = [event.t_ms for event in session.events]
    assert times == sorted(times)


def test_the_same_seed_makes_the_same_session() -> None:
    assert generated(5) == generated(5) != generated(6)


def test_sessions_have_slips_jumps_and_chances_to_accept() -> None:
    sessions = [generated(seed, 80) for seed in range(40)]
    kinds = [[event.type for event in session.events] for session in sessions]
    n_slips = sum(types.count("delete") for types in kinds)
    n_keys = sum(types.count("insert") for types in kinds)
    assert 0.02 < n_slips / n_keys < 0.12
    assert 8 < sum("move" in types for types in kinds) < 32
    hows = {event.how for s in sessions for event in s.events if event.type == "accept"}
    assert hows == {"full", "line", "word"}


def test_enter_brings_the_indentation_with_it() -> None:
    keys = {event.text for seed in range(20) for event in generated(seed, 90).events}
    assert "\n    " in keys


@pytest.mark.parametrize("text", ["", "\n\n", "x = 1\n"])
def test_a_file_with_nothing_to_type_is_refused(text: str) -> None:
    with pytest.raises(SetUpError, match=r"tiny\.py: no "):
        make_session(Source("tiny.py", "python", text), random.Random(0), 40, 0)
