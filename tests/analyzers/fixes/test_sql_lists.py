"""Lists of values that have no length are left."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.sql import parameterized

QUERY = '«con.execute("DELETE FROM t WHERE id IN (%s)" % ",".join(str(i) for i in ids))»\n'


@pytest.mark.parametrize(
    "after",
    [
        "q(con, (i for i in x))\n",
        "q(con, map(int, x))\n",
        "def g():\n    yield 1\nq(con, g())\n",
    ],
)
def test_a_generator_that_is_given_is_left(mend: Any, after: str) -> None:
    """It has no length, and is empty after it was read."""
    text = f"import sqlite3\ndef q(con, ids):\n    {QUERY}"
    assert mend(parameterized, text + after) is None
    assert mend(parameterized, text + "q(con, [1, 2])\n") is not None


def test_an_annotation_may_say_so_too(mend: Any) -> None:
    """An iterable need not have a length."""
    text = f"import sqlite3\ndef q(con, ids: list[int]):\n    {QUERY}"
    assert mend(parameterized, text) is not None
    assert mend(parameterized, text.replace("list", "Iterable")) is None
