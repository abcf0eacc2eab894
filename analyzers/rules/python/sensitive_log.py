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
from analyzers.patterns.calls import methods
from analyzers.patterns.names import words_of
from analyzers.patterns.secrets import kind_of_name
from analyzers.rule import Rule

RULE = Rule(
    "sensitive-log",
    cwe=532,
    severity="low",
    confidence="medium",
    words=("log",),
)
_LEVELS = ("debug", "info", "warning", "warn", "error", "critical", "exception", "log")


def find(code: Code) -> Iterator[Finding]:
    """Calls of loggers that are given something secret as it is."""
    for call in methods(code, *_LEVELS):
        if _is_logger(call):
            for given in (*call.args, *(each.value for each in call.keywords)):
                name = _secret_in(given)
                if name is not None:
                    yield code.finding(RULE, call, f"{name} is written to the log as it is")
                    break


def _is_logger(call: ast.Call) -> bool:
    above = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(above, ast.Call):
        above = above.func
    name = above.attr if isinstance(above, ast.Attribute) else getattr(above, "id", "")
    return bool({"log", "logger", "logging", "getlogger"} & {*words_of(name), name.lower()})


def _secret_in(node: ast.expr) -> str | None:
    """What is shown whole: the value, in an f-string, by `%`, or in the arguments of `format`."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        # A constant's name says what something is called, not what it is.
        secret = kind_of_name(name) in ("password", "secret", "key") and not name.isupper()
        return name if secret else None
    parts: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.Call):
        formats = isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        parts = [*node.args, *(each.value for each in node.keywords)] if formats else []
    return next(filter(None, map(_secret_in, parts)), None)
