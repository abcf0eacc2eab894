"""Queries that two functions make together."""

from __future__ import annotations

from typing import Any

from analyzers.fixes.sql import parameterized

_HANDED = (
    "import sqlite3\n"
    "def run(sql{}):\n    return «con.execute(sql)»\n"
    "def f(name):\n    return run(f\"SELECT * FROM t WHERE name = '{{name}}'\")\n"
)
_ANSWERED = (
    "import psycopg\n"
    "def where(kind) -> str:\n    return f\"kind = '{kind}'\"\n"
    "def f(kind):\n"
    "    which = where(kind)\n"
    "    return «cur.execute(f'SELECT * FROM t WHERE {which}')»\n"
)


def test_the_callers_give_the_values(mend: Any) -> None:
    after = mend(parameterized, _HANDED.format(""))
    assert "def run(sql, params=()):" in after
    assert "con.execute(sql, params)" in after
    assert 'run("SELECT * FROM t WHERE name = ?", params=(name,))' in after


def test_a_function_that_takes_anything_is_left(mend: Any) -> None:
    assert mend(parameterized, _HANDED.format(", *more")) is None
    assert mend(parameterized, _HANDED.format("") + "g(run)\n") is None


def test_conditions_are_answered_with_their_values(mend: Any) -> None:
    after = mend(parameterized, _ANSWERED)
    assert "def where(kind) -> tuple[str, list]:" in after
    assert 'return "kind = %s", [kind]' in after
    assert "which, params = where(kind)" in after
    assert "{which}', params)" in after


def test_a_function_that_is_called_twice_goes_on_answering_a_text(mend: Any) -> None:
    assert mend(parameterized, _ANSWERED + "print(where(1))\n") is None
