"""Unchecked data in the session

## What it does
Reports a value or a key of a request that is put into the session as it came.

## Why is this bad?
The rest of the program takes what is in the session for checked: a user's number, a role. A value
that was asked for in the database, or held against a password, is let through.

## Example
```python
session["role"] = request.form["role"]
```

## Use instead
```python
session["role"] = user.role  # as it was stored
```

## References
- CWE-501: Trust Boundary Violation
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.flow.analysis import analysis
from analyzers.flow.sinks import Hit, Judgement, findings, judged
from analyzers.rule import Rule

RULE = Rule(
    "trust-boundary",
    cwe=501,
    severity="low",
    confidence="medium",
    words=("session",),
)
_JUDGEMENT = Judgement("trust", local=None)
_MESSAGE = "{source} is stored in the session unchecked"


def find(code: Code) -> Iterator[Finding]:
    """Stores into a session."""
    found: list[Hit] = []
    seen = analysis(code)
    for event in (*seen.of("store"), *seen.calls(("setdefault", "update"))):
        if event.receiver is None or event.receiver.kind != "session":
            continue
        for value in (*event.arguments, *event.keywords.values()):
            hit = judged(event, value, _JUDGEMENT)
            found += [] if hit is None else [hit]
    yield from findings(code, RULE, found, _MESSAGE)
