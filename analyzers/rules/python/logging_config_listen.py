"""Logging that is configured from outside

## What it does
Reports `logging.config.listen`, which opens a port and takes new configurations for logging there.

## Why is this bad?
A configuration names classes to make and expressions to evaluate, so whoever reaches the port, on a
shared machine every user, runs code in this process.

## Example
```python
thread = logging.config.listen(9999)
```

## Use instead
```python
logging.config.fileConfig("logging.ini")
```
or a `verify` function that checks a signature of what was received.

## References
- CWE-94: Improper Control of Generation of Code
- Python documentation: logging.config.listen
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.calls import argument, may_have_more, named
from analyzers.rule import Rule

RULE = Rule(
    "logging-config-listen",
    cwe=94,
    severity="medium",
    confidence="medium",
    aliases=("B612", "S612"),
    words=("listen",),
)


def find(code: Code) -> Iterator[Finding]:
    """Open ports without a check of what comes in."""
    for call in named(code, "logging.config.listen"):
        if argument(call, 1, "verify") is None and not may_have_more(code, call):
            message = "who reaches this port runs code here; give it a verify function"
            yield code.finding(RULE, call, message)
