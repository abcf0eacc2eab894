"""SQL built from data

## What it does
Reports a query that is put together from text and data, by `+`, `%`, `format` or an f-string, and
then sent to a database. Where the data was seen to come from a request, the finding is sure.

## Why is this bad?
Whoever decides over the data decides over the query: it can read, change and drop what it likes.

## Example
```python
cursor.execute(f"SELECT * FROM users WHERE name = '{name}'")
```

## Use instead
```python
cursor.execute("SELECT * FROM users WHERE name = ?", (name,))
```

## References
- CWE-89: Improper Neutralization of Special Elements used in an SQL Command
- OWASP Query Parameterization Cheat Sheet
- PEP 249: the parameters of `Cursor.execute`
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import sql
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits
from analyzers.rule import Rule

RULE = Rule(
    "sql-injection",
    cwe=89,
    severity="high",
    confidence="medium",
    aliases=("B608", "S608", "B610", "S610", "B611", "S611"),
    words=(
        "execute", "executemany", "executescript", "rawsql", ".raw", "read_sql", "text(", "query",
        ".extra", "mogrify", ".sql", "fetch", "copy_expert",
        "exec_driver_sql", "run_sql", ".run", ".iterate", ".prepare", ".cursor",
    ),
)  # fmt: skip
fix = sql.parameterized
_SINKS = (
    Sink(
        (
            ".execute", ".executemany", ".executescript", ".raw", ".copy_expert", ".execute_sql",
            ".read_sql", ".read_sql_query", ".execute_query", ".exec_driver_sql", ".execute_async",
            ".run_sql", ".raw_query", ".execute_fetchall", ".execute_insert",
        ),
        keywords=("query", "sql", "statement", "operation", "raw_query"),
    ),
    Sink(
        (
            "pandas.read_sql", "pandas.read_sql_query", "sqlalchemy.text", "sqlalchemy.sql.text",
            "sqlalchemy.sql.expression.text",
        ),
        keywords=("sql", "text"),
    ),
    Sink(("duckdb.sql", "duckdb.query", "duckdb.from_query"), keywords=("query",)),
    Sink((".extra",), (0, 1, 3, 4), ("where", "select", "tables", "order_by")),
)  # fmt: skip
# Pieces of Django's queries: what they are given can only be SQL.
_PIECES = (
    Sink(
        ("django.db.models.expressions.RawSQL", "django.db.models.RawSQL", "RawSQL"),
        keywords=("sql",),
    ),
    Sink((".extra",), (), ("where", "select", "tables", "order_by")),
)
# Words that methods share with drivers; there only the text says whether it is a query.
_SHARED = Sink(
    (
        ".query", ".sql", ".fetch", ".fetchrow", ".fetchval", ".fetch_all", ".fetch_one",
        ".fetch_val", ".run", ".iterate", ".prepare", ".cursor",
    ),
    keywords=("query", "sql"),
)  # fmt: skip
CALLS = calls_of(*_SINKS, *_PIECES, _SHARED)
_SQL = re.compile(
    r"\b(select\b.*\bfrom|insert\s+into|update\b.*\bset|delete\s+from|drop\s+\w|create\s+\w|alter\s+\w|"
    r"replace\s+into|merge\s+into|truncate|exec(ute)?\s|call\s|grant\s|pragma\s|attach\s|show\s+\w|"
    r"where\s|union\s|order\s+by|values\s*\(|from\s+\w|use\s|set\s|with\s.*\bas\b|lock\s|explain\s)",
    re.IGNORECASE | re.DOTALL,
)
_JUDGEMENT = Judgement("sql", local="medium", unknown="built")
_OF_PIECES = Judgement("sql", local="medium", unknown="all", of_unknown="low")
_MESSAGE = "this query is built from {source}; pass the data as parameters"


def find(code: Code) -> Iterator[Finding]:
    """Queries that are built from data."""
    found = [_weighed(hit) for hit in hits(code, _SINKS, _JUDGEMENT)]
    found += hits(code, _PIECES, _OF_PIECES)
    found += [_weighed(hit) for hit in hits(code, _PIECES, _JUDGEMENT)]
    found += [hit for hit in hits(code, (_SHARED,), _JUDGEMENT) if _SQL.search(hit.value.text)]
    yield from findings(code, RULE, found, _MESSAGE)


def _weighed(hit: Hit) -> Hit:
    """Objects of other sorts have an `execute` too."""
    if _SQL.search(hit.value.text) or hit.confidence == "high":
        return hit
    return replace(hit, confidence="low")
