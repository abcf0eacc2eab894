"""Queries that are put together get parameters, in the way of the file's driver."""

from __future__ import annotations

from typing import Any

import pytest

from analyzers.fixes.sql import parameterized

HEADS = {
    "?": "import sqlite3\n",
    "%s": "import psycopg2\n",
    ":name": "from sqlalchemy import text\n",
    "$1": "import asyncpg\n",
    "": "",
}


@pytest.mark.parametrize(
    ("style", "before", "after"),
    [
        ("?", """«c.execute(f"SELECT a FROM t WHERE n = '{n}'")»""",
         """c.execute("SELECT a FROM t WHERE n = ?", (n,))"""),
        ("?", """«c.execute("SELECT a FROM t WHERE n = '" + n + "' AND m = " + str(m))»""",
         """c.execute("SELECT a FROM t WHERE n = ? AND m = ?", (n, m))"""),
        ("?", """«c.execute("SELECT a FROM t WHERE n = '%s' AND m = %d" % (n, m))»""",
         """c.execute("SELECT a FROM t WHERE n = ? AND m = ?", (n, m))"""),
        ("?", """«c.execute("SELECT a FROM t WHERE n = '%(n)s'" % {"n": o.name})»""",
         """c.execute("SELECT a FROM t WHERE n = ?", (o.name,))"""),
        ("?", """«c.execute("SELECT a FROM t WHERE n = {} AND m = '{m}'".format(n, m=k[0]))»""",
         """c.execute("SELECT a FROM t WHERE n = ? AND m = ?", (n, k[0]))"""),
        ("%s", """«c.execute(f"SELECT a FROM t WHERE n LIKE '%{n}%' AND m LIKE 'b%'")»""",
         """c.execute("SELECT a FROM t WHERE n LIKE %s AND m LIKE 'b%%'", (f"%{n}%",))"""),
        ("?", """«c.execute("SELECT a FROM t WHERE n LIKE '%%%s%%' AND m = 'b%%'" % n)»""",
         """c.execute("SELECT a FROM t WHERE n LIKE ? AND m = 'b%'", (f"%{n}%",))"""),
        ("?", """«c.execute(f"SELECT a FROM t LIMIT {n} OFFSET {int(m)}")»""",
         """c.execute("SELECT a FROM t LIMIT ? OFFSET ?", (int(n), int(m)))"""),
        ("?", """«c.execute(f"INSERT INTO t VALUES ('{a}', {b!r}, '{{}}')")»""",
         """c.execute("INSERT INTO t VALUES (?, ?, '{}')", (a, b))"""),
        ("?", """«c.execute(f"UPDATE t SET a = '{a}', b = {b} WHERE c BETWEEN {d} AND {e}")»""",
         """c.execute("UPDATE t SET a = ?, b = ? WHERE c BETWEEN ? AND ?", (a, b, d, e))"""),
        ("?", """«c.execute(f"SELECT a FROM {table} WHERE b = {b}")»""",
         """c.execute(f"SELECT a FROM {table} WHERE b = ?", (b,))"""),
        ("%s", """«c.execute("SELECT a FROM %s WHERE b = %s" % (TABLE, b))»""",
         """c.execute("SELECT a FROM %s WHERE b = %%s" % (TABLE,), (b,))"""),
        ("?", """«c.execute(f"SELECT a FROM t WHERE b IN ({','.join(bs)})")»""",
         """c.execute(f"SELECT a FROM t WHERE b IN ({', '.join(['?'] * len(bs))})", list(bs))"""),
        ("?", """«c.execute("SELECT a FROM t WHERE b IN ('%s')" % "','".join(bs))»""",
         ('c.execute("SELECT a FROM t WHERE b IN (%s)" % (", ".join(["?"] * '
'len(bs)),), list(bs))')),
        (":name", """«c.execute(text(f"SELECT a FROM t WHERE b = {o.b}"))»""",
         """c.execute(text("SELECT a FROM t WHERE b = :b"), {"b": o.b})"""),
        (":name", """«session.execute(f"SELECT a FROM t WHERE b = {b}")»""",
         """session.execute(text("SELECT a FROM t WHERE b = :b"), {"b": b})"""),
        ("$1", """«c.fetch(f"SELECT a FROM t WHERE b = {b} AND c = '{d}'")»""",
         """c.fetch("SELECT a FROM t WHERE b = $1 AND c = $2", b, d)"""),
        ("?", """«c.executescript("DELETE FROM t WHERE a = '" + a + "'")»""",
         """c.execute("DELETE FROM t WHERE a = ?", (a,))"""),
        ("?", """«pd.read_sql(f"SELECT a FROM t WHERE b = '{b}'", con)»""",
         """pd.read_sql("SELECT a FROM t WHERE b = ?", con, params=[b])"""),
        ("?", """«c.execute("".join(["SELECT a FROM t WHERE b = '", b, "' AND c = 1"]))»""",
         """c.execute("".join(["SELECT a FROM t WHERE b = ? AND c = 1"]), (b,))"""),
        ("?", "«c.execute('SELECT a FROM t WHERE b = \"' + b + '\"')»",
         "c.execute('SELECT a FROM t WHERE b = ?', (b,))"),
    ],
)  # fmt: skip
def test_a_query_in_the_call_gets_parameters(
    mend: Any, style: str, before: str, after: str
) -> None:
    """Each way to put it together, each style of placeholder."""
    made = mend(parameterized, f"{HEADS[style]}{before}\n")
    assert made is not None
    assert made.replace("'", '"') == f"{HEADS[style]}{after}\n".replace("'", '"')


@pytest.mark.parametrize(
    "before",
    [
        """«c.execute(f"SELECT a FROM {table}")»""",
        """«c.execute(f"SELECT a FROM t ORDER BY {column}")»""",
        """«c.execute(f"SELECT {columns} FROM t")»""",
        """«c.execute(f"INSERT INTO t ({columns}) VALUES (1)")»""",
        """«c.execute(f"SELECT a FROM t WHERE {column} = 1")»""",
        """«c.execute(f"SELECT a FROM t WHERE b = {b}", (c,))»""",
        """«c.execute(f"SELECT a FROM t WHERE b = {b:>10}")»""",
        """«c.execute(f"SELECT a FROM t WHERE b = 'x{b}")»""",
        """«c.execute(query)»""",
        """«c.execute(build(b))»""",
        """«c.execute("SELECT a FROM t WHERE b = %s" % b % c)»""",
        """«c.execute(f"SELECT a FROM t WHERE b IN ({','.join(x for x in bs if x)})")»""",
    ],
)
def test_what_cannot_be_a_parameter_is_left(mend: Any, before: str) -> None:
    """Names of tables and columns, half a literal, a query from elsewhere, formats."""
    assert mend(parameterized, f"import sqlite3\n{before}\n") is None


def test_nothing_is_guessed_about_an_unknown_driver(mend: Any) -> None:
    """Nor where two styles are imported."""
    query = """«c.execute(f"SELECT a FROM t WHERE n = '{n}'")»\n"""
    assert mend(parameterized, query) is None
    assert mend(parameterized, "import sqlite3\nimport psycopg2\n" + query) is None


def test_other_queries_of_the_file_tell_the_style(mend: Any) -> None:
    """A fragment has no imports."""
    other = 'c.execute("DELETE FROM t WHERE a = %s", (a,))\n'
    made = mend(parameterized, other + """«c.execute(f"SELECT a FROM t WHERE n = '{n}'")»\n""")
    assert made == other + """c.execute("SELECT a FROM t WHERE n = %s", (n,))\n"""


def test_a_query_in_a_variable_is_followed(mend: Any) -> None:
    """Over several lines, its layout kept."""
    before = (
        "import sqlite3\ndef f(c, n, m):\n"
        '    q = ("SELECT a "  # what\n         f"FROM t WHERE n = \'{n}\' "\n'
        '         f"AND m = {m}")\n    return «c.execute(q)».fetchall()\n'
    )
    after = (
        "import sqlite3\ndef f(c, n, m):\n"
        '    q = ("SELECT a "  # what\n         "FROM t WHERE n = ? "\n'
        '         "AND m = ?")\n    return c.execute(q, (n, m)).fetchall()\n'
    )
    assert mend(parameterized, before) == after


def test_the_finding_may_be_where_the_query_is_written(mend: Any) -> None:
    """Pattern rules mark the string, flows the call."""
    before = (
        "import sqlite3\n"
        "def f(c, n):\n"
        "    «q = f\"SELECT a FROM t WHERE n = '{n}'\"»\n"
        "    c.execute(q)\n"
    )
    after = (
        "import sqlite3\n"
        "def f(c, n):\n"
        '    q = "SELECT a FROM t WHERE n = ?"\n'
        "    c.execute(q, (n,))\n"
    )
    assert mend(parameterized, before) == after


def test_a_query_that_grows_has_a_list_that_grows(mend: Any) -> None:
    """With CRLF line ends, which stay."""
    before = (
        "import sqlite3\r\ndef f(c, n, m):\r\n    q = 'SELECT a FROM t WHERE 1=1'\r\n"
        "    if n:\r\n        q += f\" AND n = '{n}'\"\r\n"
        "    if m:\r\n        q = q + ' AND m BETWEEN %s AND %s' % (m, m + 1)\r\n"
        "    return «c.execute(q)»\r\n"
    )
    after = (
        "import sqlite3\r\ndef f(c, n, m):\r\n    q = 'SELECT a FROM t WHERE 1=1'\r\n"
        "    params = []\r\n"
        '    if n:\r\n        q += " AND n = ?"\r\n        params.append(n)\r\n'
        "    if m:\r\n        q = q + ' AND m BETWEEN ? AND ?'\r\n"
        "        params += [m, m + 1]\r\n"
        "    return c.execute(q, params)\r\n"
    )
    assert mend(parameterized, before) == after


def test_a_value_that_changes_before_the_call_is_no_parameter_of_it(mend: Any) -> None:
    """The query holds the old one."""
    text = (
        "import sqlite3\n"
        "def f(c, n):\n"
        "    q = f\"SELECT a FROM t WHERE n = '{n}'\"\n"
        "    n = 2\n"
        "    «c.execute(q)»\n"
    )
    assert mend(parameterized, text) is None


def test_a_query_that_is_handed_on_too_is_left(mend: Any) -> None:
    """Whoever runs it has no values; whoever only shows it shows placeholders."""
    text = (
        "import sqlite3\n"
        "def f(c, n):\n"
        "    q = f\"SELECT a FROM t WHERE n = '{n}'\"\n"
        "    other(q)\n"
        "    «c.execute(q)»\n"
    )
    assert mend(parameterized, text) is None
    made = mend(parameterized, text.replace("other", "print"))
    assert made is not None
    assert "print(q)\n    c.execute(q, (n,))" in made
