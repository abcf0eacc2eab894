"""Other people's lines in a log

## What it does
Reports calls of loggers that are given data of a request, or of a parameter that is called after
what users write, in a text that may hold line ends.

## Why is this bad?
Whoever sends a line end writes an entry of their own: a login that never was, or a mark that makes
the program that reads the log do something.

## Example
```python
log.info(f"login of {username} failed")
```

## Use instead
```python
log.info(f"login of {' '.join(username.splitlines())} failed")
```

## References
- CWE-117: Improper Output Neutralization for Logs
- OWASP: Log Injection
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import logs
from analyzers.flow.called import calls_of
from analyzers.flow.origin import Level
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits
from analyzers.patterns.constants import bound_to
from analyzers.patterns.lines import is_on_one_line
from analyzers.patterns.names import words_of
from analyzers.rule import Rule

RULE = Rule(
    "log-injection",
    cwe=117,
    severity="low",
    confidence="medium",
    words=("debug", "info", "warn", "error", "critical", "exception", "log"),
)
fix = logs.one_line
_LEVELS = ("debug", "info", "warning", "warn", "error", "critical", "exception", "log")
_SINKS = (Sink(tuple(f".{level}" for level in _LEVELS), (0, 1, 2, 3)),)
CALLS = calls_of(*_SINKS)
_JUDGEMENT = Judgement("log", local=None, unknown="built")
_MESSAGE = "a line end in {source} would begin an entry of its own; keep it on one line"
# What users write of their own accord, and programs seldom make.
_WRITTEN = {"username", "login", "comment", "message", "email", "nickname"}
UNPROVEN = tuple(sorted(_WRITTEN))


def find(code: Code) -> Iterator[Finding]:
    """Loggers that are given data which may hold line ends."""
    found = [
        hit
        for hit in hits(code, _SINKS, _JUDGEMENT)
        if isinstance(hit.event.node, ast.Call)
        and _is_logger(code, hit.event.node)
        and (hit.taint.origin.level > Level.UNKNOWN or _is_written(hit))
        and not _is_on_one_line(hit.event.node)
    ]
    yield from findings(code, RULE, found, _MESSAGE)


def may_be_unproven(names: frozenset[str], _: frozenset[str]) -> bool:
    """Whether a text with these names may have a parameter that is written by users."""
    return any(
        not _WRITTEN.isdisjoint(words_of(name))
        for name in names
        if any(word in name.lower() for word in _WRITTEN)
    )


def _is_logger(code: Code, call: ast.Call) -> bool:
    above = call.func.value if isinstance(call.func, ast.Attribute) else None
    made = bound_to(code, above) if isinstance(above, ast.Name) else None
    if made and all(isinstance(each, ast.Call) and _makes_logger(each) for each in made):
        return True
    if isinstance(above, ast.Call):
        above = above.func
    name = above.attr if isinstance(above, ast.Attribute) else getattr(above, "id", "")
    return bool({"log", "logger", "logging", "getlogger"} & {*words_of(name), name.lower()})


def _makes_logger(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name.lower() in ("getlogger", "get_logger")


def _is_written(hit: Hit) -> bool:
    """Whether a value of unknown origin is a parameter with such a name."""
    node = hit.taint.origin.node
    return isinstance(node, ast.arg) and bool(_WRITTEN & set(words_of(node.arg)))


def _is_on_one_line(call: ast.Call) -> bool:
    """Whether every value is put together again from its lines, or shown as it is written."""
    given = [*call.args, *(item.value for item in call.keywords)]
    first = given[0].left if isinstance(given[0], ast.BinOp) else given[0]
    text = first.value if isinstance(first, ast.Constant) else ""
    if "%" in str(text) and not re.search(r"%[^rdifa]*s", str(text)):
        return True
    return is_on_one_line(given)
