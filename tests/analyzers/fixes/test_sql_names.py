"""What a query takes for a name is looked at before."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.check import scan
from analyzers.fixes.sql import parameterized

_HEAD = "import re\nimport sqlite3\n\n\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "def f(db, sort):\n    return «db.execute(f'SELECT a FROM t ORDER BY {sort}')»\n",
            "def f(db, sort):\n"
            '    if not re.fullmatch(r"[\\w.]+( \\w+)?", sort):\n'
            '        raise ValueError("not the name of a column")\n'
            "    return db.execute(f'SELECT a FROM t ORDER BY {sort}')\n",
        ),
        (
            "def f(db, table, n):\n"
            "    q = 'SELECT a FROM ' + table + ' WHERE n = ' + n\n"
            "    return «db.execute(q)»\n",
            "def f(db, table, n):\n"
            '    if not re.fullmatch(r"[\\w.]+", table):\n'
            '        raise ValueError("not the name of a table")\n'
            "    q = 'SELECT a FROM ' + table + ' WHERE n = ?'\n"
            "    return db.execute(q, (n,))\n",
        ),
    ],
)
def test_names_are_asked_for_above_the_query(mend: Any, before: str, after: str) -> None:
    assert mend(parameterized, _HEAD + before) == _HEAD + after


@pytest.mark.parametrize(
    "query",
    [
        "f'SELECT a FROM t {rest}'",
        "f'SELECT {rest} FROM t'",
        "f'SELECT a FROM t ORDER BY {rest:>9}'",
        "f'SELECT a FROM {self.table}'",
    ],
)
def test_parts_of_a_query_are_no_names(mend: Any, query: str) -> None:
    before = f"{_HEAD}def f(self, db, rest):\n    «db.execute({query})»\n"
    assert mend(parameterized, before) is None


def test_the_question_is_understood_as_one() -> None:
    """Of the text that has the fix nothing is said any more."""
    text = (
        "import re\nimport sqlite3\nfrom flask import request\n\n\ndef f(db):\n"
        "    sort = request.args['sort']\n"
        '    if not re.fullmatch(r"[\\w.]+( \\w+)?", sort):\n'
        '        raise ValueError("not the name of a column")\n'
        "    return db.execute(f'SELECT a FROM t ORDER BY {sort}')\n"
    )
    assert scan(text, "python").findings == ()
    assert scan(text.replace("fullmatch", "search"), "python").findings
