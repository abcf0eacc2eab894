"""Codes are compared in constant time."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.comparisons import constant_time


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import hmac\nif «a == b»: pass\n", "import hmac\nif hmac.compare_digest(a, b): pass\n"),
        (
            "import hmac\nx = «a.hexdigest() != b»\n",
            "import hmac\nx = not hmac.compare_digest(a.hexdigest(), b)\n",
        ),
    ],
)
def test_equality_becomes_a_call(mend: Any, before: str, after: str) -> None:
    """Negated where it was."""
    assert mend(constant_time, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "import hmac\nx = «a == b == c»\n",
    ],
)
def test_chains_are_left(mend: Any, before: str) -> None:
    """They are several comparisons."""
    assert mend(constant_time, before) is None
