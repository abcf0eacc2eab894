"""Conditions in a list get placeholders, and their values a list of their own."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.sql import parameterized

_BEFORE = """\
import sqlite3


def find(db, name, age):
    conditions = ["1 = 1"]
    if name:
        conditions.append(f"name LIKE '%{name}%'")
    if age:
        conditions.append("age > " + str(age))
    where = " AND ".join(conditions)
    return «db.execute("SELECT a FROM t WHERE " + where)»
"""
_AFTER = """\
import sqlite3


def find(db, name, age):
    conditions = ["1 = 1"]
    params = []
    if name:
        conditions.append("name LIKE ?")
        params.append(f"%{name}%")
    if age:
        conditions.append("age > ?")
        params.append(age)
    where = " AND ".join(conditions)
    return db.execute("SELECT a FROM t WHERE " + where, params)
"""


def test_values_are_collected_beside_their_conditions(mend: Any) -> None:
    assert mend(parameterized, _BEFORE) == _AFTER


def test_conditions_may_be_joined_in_the_call(mend: Any) -> None:
    before = _BEFORE.replace('    where = " AND ".join(conditions)\n', "")
    after = _AFTER.replace('    where = " AND ".join(conditions)\n', "")
    joined = "' AND '.join(conditions)"
    assert mend(parameterized, before.replace("where)", f"{joined})")) == after.replace(
        "where,", f"{joined},"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["1 = 1"]', '[f"b = {name}"]'),
        ('["1 = 1"]', "list(age)"),
        ("    where =", "    conditions.extend(age)\n    where ="),
        ("    where =", "    note(conditions=conditions)\n    where ="),
        ('"age > " + str(age)', 'age + " > 3"'),
        ("+ where)", "+ where, (name,))"),
        ("import sqlite3", "import asyncpg"),
    ],
)
def test_where_the_list_holds_or_does_more_nothing_is_changed(
    mend: Any, old: str, new: str
) -> None:
    assert old in _BEFORE
    assert mend(parameterized, _BEFORE.replace(old, new)) is None
