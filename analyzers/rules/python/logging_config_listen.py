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

from analyzers.rule import Rule

RULE = Rule(
    "logging-config-listen",
    cwe=94,
    severity="medium",
    confidence="medium",
    aliases=("B612", "S612"),
    words=("listen",),
)
