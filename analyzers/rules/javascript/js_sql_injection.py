"""A query put together as text

## What it does
Reports queries that are given to a database as text put together of constants and other data:
templates, `+` and `concat`. It is proven where the data comes from a request. Placeholders, tagged
templates and names that are escaped are not reported.

## Why is this bad?
Data can end the text that it stands in and go on with a query of its own.

## Example
```javascript
db.query(`SELECT * FROM users WHERE name = '${req.query.name}'`);
```

## Use instead
```javascript
db.query("SELECT * FROM users WHERE name = ?", [req.query.name]);
```

## References
- CWE-89: Improper Neutralization of Special Elements used in an SQL Command
- OWASP: SQL Injection Prevention Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.built import pieces
from analyzers.javascript.origin import origins
from analyzers.javascript.script import Call, ScriptCode
from analyzers.javascript.sinks import calls, option, reached
from analyzers.javascript.sources import FOR_SQL
from analyzers.rule import Rule

RULE = Rule(
    "js-sql-injection",
    cwe=89,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("select", "insert", "update", "delete", "replace", "drop", "alter", "create", "with",
           "where", "order", "call", "exec", "merge", "truncate", "grant"),
)  # fmt: skip
_METHODS = (
    "query", "execute", "raw", "all", "get", "run", "each", "exec", "prepare", "any", "one", "none",
    "oneOrNone", "manyOrNone", "many", "$queryRawUnsafe", "$executeRawUnsafe", "queryRawUnsafe",
    "unsafe", "whereRaw", "orderByRaw", "havingRaw", "selectRaw", "joinRaw", "fromRaw", "batch",
    "literal", "createQueryBuilder", "where", "andWhere", "orWhere", "executeSql", "simpleQuery",
    "queryAsync", "executeQuery", "runQuery", "sql", "stream",
)  # fmt: skip
_QUERY = re.compile(
    r"\s*(?:--[^\n]*\n\s*)*\(?\s*(?:select\s[\s\S]*|insert\s+(?:or\s+\w+\s+|ignore\s+)?into\b|"
    r"update\s+[\s\S]*\bset\b|delete\s+from\b|replace\s+into\b|merge\s+into\b|"
    r"drop\s+(?:table|database|user|index|view)\b|alter\s+(?:table|user|database)\b|"
    r"create\s+(?:table|database|user|index|view)\b|truncate\s|grant\s|"
    r"with\s+[\s\S]*\bselect\b|exec(?:ute)?\s+\w|call\s+\w+\s*\()",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"[\w.\"`\]]\s*(?:=|<|>|<>|!=|\blike\b|\bin\b)\s*\(?\s*['%\"]*$", re.IGNORECASE
)
_CLAUSES = frozenset(
    {"whereRaw", "orderByRaw", "havingRaw", "where", "andWhere", "orWhere", "literal"}
)


def find(code: ScriptCode) -> Iterator[Finding]:
    """Queries that hold more than constants and placeholders."""
    for call in calls(code, *_METHODS):
        if not call.arguments:
            continue
        text = call.arguments[0]
        if text.type == "object":
            text = option(code, text, "text") or option(code, text, "sql") or text
        if _is_query(code, text, call):
            yield from _injected(code, call, text)


def _is_query(code: ScriptCode, text: Node, call: Call) -> bool:
    if text.type not in ("template_string", "binary_expression", "identifier", "call_expression"):
        return text.type == "member_expression" and call.name.endswith("Unsafe")
    parts = pieces(code, text)
    if len(parts) < 2 or all(isinstance(part, str) for part in parts):
        return False
    constant = "".join(part if isinstance(part, str) else "?" for part in parts)
    if _QUERY.match(constant):
        return True
    return call.name in _CLAUSES and any(
        isinstance(part, str) and _CLAUSE.search(part) for part in parts
    )


def _injected(code: ScriptCode, call: Call, text: Node) -> Iterator[Finding]:
    """One finding for a query, of the worst of its parts."""
    parts = [part for part in pieces(code, text) if not isinstance(part, str)]
    ranked = [(origins(code).of(part, FOR_SQL), part) for part in parts]
    order = ("remote", "page", "local", "unknown")
    for kind in order:
        for origin, part in ranked:
            if origin.kind == kind:
                yield from reached(
                    code, RULE, call.node, part, "part of a query", clean=FOR_SQL,
                    unknown=("medium", "medium"), local=("medium", "medium"),
                )  # fmt: skip
                return
