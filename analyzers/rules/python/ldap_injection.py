"""An LDAP query built from data

## What it does
Reports a filter or distinguished name that is put together with data from a request and sent to a
directory.

## Why is this bad?
Parentheses, `*` and `|` in the data change what is asked for; a login by filter is passed by `*`.

## Example
```python
conn.search(BASE, f"(uid={request.form['user']})")
```

## Use instead
```python
conn.search(BASE, f"(uid={escape_filter_chars(request.form['user'])})")
```

## References
- CWE-90: Improper Neutralization of Special Elements used in an LDAP Query
- RFC 4515: String Representation of Search Filters
- OWASP LDAP Injection Prevention Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import ldap_filters
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Judgement, Sink, findings, hits
from analyzers.rule import Rule

RULE = Rule(
    "ldap-injection",
    cwe=90,
    severity="high",
    confidence="high",
    words=(
        "ldap",
        "search",
        "bind_s",
        "modify",
        "add_s",
        "delete_s",
        "modrdn_s",
        "rename_s",
        "passwd_s",
    ),
)
fix = ldap_filters.escaped_filter
_SEARCHES = (
    Sink(
        (".search", ".paged_search", ".extended_search"),
        (0, 1),
        ("search_filter", "search_base", "filterstr", "filter"),
    ),
    Sink(
        (
            ".search_s", ".search_st", ".search_ext", ".search_ext_s", ".simple_bind_s",
            ".search_subtree",
        ),
        (0, 1, 2),
        ("base", "filterstr", "who"),
    ),
    Sink((".modify_s", ".add_s", ".delete_s", ".modrdn_s", ".rename_s", ".passwd_s")),
)  # fmt: skip
CALLS = calls_of(*_SEARCHES)
# `search` is a word of many; a filter and a name of LDAP look like nothing else.
_FILTER = re.compile(
    r"\([&|!]?\(?\s*[\w.:;-]+\s*[~<>]?=|\b(cn|ou|dc|uid|sAMAccountName|mail|o)\s*="
)
_JUDGEMENT = Judgement("ldap", local="medium", unknown="built")
_MESSAGE = "this LDAP query is built from {source}; escape it with escape_filter_chars"


def find(code: Code) -> Iterator[Finding]:
    """Filters that are built from data."""
    found = [
        hit
        for hit in hits(code, _SEARCHES, _JUDGEMENT)
        if _FILTER.search(hit.value.text) or hit.event.method.endswith("_s")
        if hit.confidence == "high" or _FILTER.search(hit.value.text)
    ]
    yield from findings(code, RULE, found, _MESSAGE)
