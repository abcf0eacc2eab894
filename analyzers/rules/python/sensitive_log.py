"""A secret in the log

## What it does
Reports passwords, keys and tokens, by their names, that are written to a log as they are. What went
through a function (`mask(password)`, `len(token)`) and what is only mentioned is fine.

## Why is this bad?
Logs are copied, searched, sent to other companies and kept for years, by people who may not know
any password.

## Example
```python
logger.info("login of %s with %s", user, password)
```

## Use instead
```python
logger.info("login of %s", user)
```

## References
- CWE-532: Insertion of Sensitive Information into Log File
- OWASP: Logging Cheat Sheet, data to exclude
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import logs
from analyzers.patterns.calls import methods
from analyzers.patterns.names import words_of
from analyzers.patterns.shown import secret_in
from analyzers.rule import Rule

RULE = Rule(
    "sensitive-log",
    cwe=532,
    severity="low",
    confidence="medium",
    words=("log",),
)
fix = logs.without_secret
_LEVELS = ("debug", "info", "warning", "warn", "error", "critical", "exception", "log")


def find(code: Code) -> Iterator[Finding]:
    """Calls of loggers that are given something secret as it is."""
    for call in methods(code, *_LEVELS):
        if _is_logger(call):
            for given in (*call.args, *(each.value for each in call.keywords)):
                name = secret_in(given)
                if name is not None:
                    yield code.finding(RULE, call, f"{name} is written to the log as it is")
                    break


def _is_logger(call: ast.Call) -> bool:
    above = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(above, ast.Call):
        above = above.func
    name = above.attr if isinstance(above, ast.Attribute) else getattr(above, "id", "")
    return bool({"log", "logger", "logging", "getlogger"} & {*words_of(name), name.lower()})
