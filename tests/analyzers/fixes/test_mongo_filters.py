"""Conditions compare, whatever they are given."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.mongo_filters import compared


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '«users.find_one({"a": d["a"], "b": 1})»\n',
            'users.find_one({"a": {"$eq": d["a"]}, "b": 1})\n',
        ),
        (
            'q = {"a": d.get("a"), "b": int(d["b"])}\n«users.find(q)»\n',
            'q = {"a": {"$eq": d.get("a")}, "b": int(d["b"])}\nusers.find(q)\n',
        ),
    ],
)
def test_what_was_sent_is_compared_with(mend: Any, before: str, after: str) -> None:
    assert mend(compared, before) == after


@pytest.mark.parametrize(
    "before",
    [
        "«users.find_one(d)»\n",
        '«users.find_one({"a": {"$in": d}})»\n',
        '«users.find_one({"$or": d})»\n',
        '«users.find_one({**d, "a": b})»\n',
        'if a:\n    q = {"a": b}\nelse:\n    q = {"b": b}\n«users.find(q)»\n',
    ],
)
def test_other_filters_are_left(mend: Any, before: str) -> None:
    assert mend(compared, before) is None
