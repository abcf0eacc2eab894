"""One value, one place, one line."""

from __future__ import annotations

import pytest

from evals.latency.json_checks import TraceError, shown, typed


def test_the_message_names_place_value_and_what_was_expected() -> None:
    with pytest.raises(TraceError, match=r"^a\.b is 3, expected a string$"):
        typed(3, str, "a.b")


def test_a_long_value_is_cut() -> None:
    assert len(shown("x" * 500)) == 40
