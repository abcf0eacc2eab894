"""Guards stay under `python -O`."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.guards import raising


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "def f(u):\n    «assert u.is_admin, 'no'»\n    go()\n",
            "def f(u):\n    if not u.is_admin:\n        raise PermissionError('no')\n    go()\n",
        ),
        ("«assert a or b»\n", 'if not (a or b):\n    raise PermissionError("not allowed")\n'),
    ],
)
def test_an_assert_becomes_an_exception(mend: Any, before: str, after: str) -> None:
    """With its message, at its indentation."""
    assert mend(raising, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "x = 1; «assert a»\n",
    ],
)
def test_an_assert_beside_other_statements_is_left(mend: Any, before: str) -> None:
    """There is no room for lines."""
    assert mend(raising, before) is None
