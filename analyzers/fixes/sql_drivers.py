"""How the database driver of a file wants its parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Literal

from analyzers.code import Code
from analyzers.fixes.places import last_name

Style = Literal["?", "%s", ":name", "$1"]
# By the package that is imported. Source: PEP 249 `paramstyle` of each, and its manual.
_STYLES: dict[str, Style] = {
    **dict.fromkeys(("sqlite3", "aiosqlite", "pyodbc", "aioodbc", "duckdb", "apsw", "trino"), "?"),
    **dict.fromkeys(("psycopg2", "psycopg", "aiopg", "pg8000", "pymssql", "snowflake"), "%s"),
    **dict.fromkeys(("pymysql", "MySQLdb", "mysql", "aiomysql", "mariadb"), "%s"),
    **dict.fromkeys(("django", "flask_mysqldb", "flaskext"), "%s"),
    **dict.fromkeys(("sqlalchemy", "flask_sqlalchemy", "sqlmodel"), ":name"),
    **dict.fromkeys(("cx_Oracle", "oracledb"), ":name"),
    "asyncpg": "$1",
}
_ALCHEMY = ("sqlalchemy", "flask_sqlalchemy", "sqlmodel")
_SESSIONS = ("session", "db_session", "engine", "connection", "conn")


def style(code: Code, sink: ast.Call, is_text: bool) -> Style | None:
    """The style of the call's driver; None where the file does not tell.

    Args:
        code: The file.
        sink: The call that takes the query.
        is_text: Whether the query goes through SQLAlchemy's `text`.
    """
    if is_text:
        return ":name"
    roots = {meaning.partition(".")[0] for meaning in code.imports.values()}
    named: dict[str, Style] = {root: _STYLES[root] for root in roots if root in _STYLES}
    if any(root in named for root in _ALCHEMY):
        others = {said for root, said in named.items() if root not in _ALCHEMY}
        if not others or last_name(sink.func.value) in ("session", "db_session", "engine"):  # type: ignore[attr-defined]
            return ":name"
        named = {root: said for root, said in named.items() if root not in _ALCHEMY}
    styles = set(named.values())
    if len(styles) == 1:
        return styles.pop()
    return None if styles else _guessed(code)


def is_alchemy(code: Code) -> bool:
    """Whether the file uses SQLAlchemy."""
    return any(name.partition(".")[0] in _ALCHEMY for name in code.imports.values())


def _guessed(code: Code) -> Style | None:
    """From the file's other queries, or from the names of databases in it."""
    used: set[Style] = set()
    for node in ast.walk(code.tree):
        if not (isinstance(node, ast.Call) and last_name(node.func) == "execute"):
            continue
        if len(node.args) != 2 or not isinstance(node.args[0], ast.Constant):
            continue
        query = str(node.args[0].value)
        if re.search(r"[=(,]\s*\?", query):
            used.add("?")
        elif re.search(r"[=(,]\s*%s", query):
            used.add("%s")
    words = code.text.lower()
    if not used and "sqlite" in words:
        used.add("?")
    if not used and any(name in words for name in ("mysql", "psycopg", "postgres")):
        used.add("%s")
    return used.pop() if len(used) == 1 else None


def names(values: Sequence[str]) -> list[str]:
    """A name for each value that is bound, none twice."""
    found: list[str] = []
    for value in values:
        words = re.findall(r"[A-Za-z_]\w*", value)
        base = (
            words[-1] if words and re.fullmatch(r"[\w.]+|.*\[['\"]\w+['\"]\]", value) else "value"
        )
        name, number = base, 1
        while name in found:
            number += 1
            name = f"{base}_{number}"
        found.append(name)
    return found
