"""Derivations cost enough."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.derivations import costly


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "«hashlib.pbkdf2_hmac('sha256', p, s, 1000)»\n",
            "hashlib.pbkdf2_hmac('sha256', p, s, 600_000)\n",
        ),
        ("«bcrypt.gensalt(rounds=4)»\n", "bcrypt.gensalt(rounds=12)\n"),
    ],
)
def test_the_rounds_are_raised(mend: Any, before: str, after: str) -> None:
    """By position and by name."""
    assert mend(costly, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«hashlib.pbkdf2_hmac('sha256', p, s, rounds)»\n",
    ],
)
def test_a_cost_that_is_not_seen_is_left(mend: Any, before: str) -> None:
    """It may be high."""
    assert mend(costly, before) is None
