"""A secret in the log of a script

## What it does
Reports passwords, secrets and keys, by their names, that are written to a log or the console as
they are: as an argument, in a template, or joined to a text. What went through a function
(`mask(password)`) and what is only mentioned is fine.

## Why is this bad?
Logs are copied, searched, sent to other companies and kept for years, by people who may not know
any password.

## Example
```javascript
logger.warn(`failed login for ${email} / ${password}`);
```

## Use instead
```javascript
logger.warn(`failed login for ${email}`);
```

## References
- CWE-532: Insertion of Sensitive Information into Log File
- OWASP: Logging Cheat Sheet, data to exclude
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.script import Call, ScriptCode
from analyzers.patterns.secrets import kind_of_name
from analyzers.rule import Rule

RULE = Rule(
    "js-sensitive-log",
    cwe=532,
    severity="low",
    confidence="medium",
    languages=("javascript", "typescript"),
    words=("log", "console"),
)
_LEVELS = ("log", "debug", "info", "warn", "error", "trace", "fatal", "verbose")
_LOGGER = re.compile(r"(?:^|\.)(?:console|log|winston|pino|bunyan|\w*[lL]ogger|\w+Log|\w+_log)$")
_SHOWN = frozenset(
    {"template_string", "template_substitution", "binary_expression", "parenthesized_expression",
     "object", "array"}
)  # fmt: skip


def find(code: ScriptCode) -> Iterator[Finding]:
    """Calls of loggers that are given something secret as it is."""
    for call in code.calls(*_LEVELS):
        name = next(filter(None, (_secret_in(code, each) for each in call.arguments)), None)
        if name is not None and _is_logger(code, call):
            yield code.finding(RULE, call.node, f"{name} is written to the log as it is")


def _is_logger(code: ScriptCode, call: Call) -> bool:
    on = call.callee.child_by_field_name("object")
    return on is not None and _LOGGER.search(code.source(on)) is not None


def _secret_in(code: ScriptCode, node: Node) -> str | None:
    """The name of a value that is shown whole."""
    if node.type in ("identifier", "shorthand_property_identifier", "member_expression"):
        last = node.child_by_field_name("property") or node
        name = code.source(last)
        is_secret = kind_of_name(name) in ("password", "secret", "key") and not name.isupper()
        return name if is_secret else None
    if node.type == "pair":
        value = node.child_by_field_name("value")
        return None if value is None else _secret_in(code, value)
    if node.type not in _SHOWN:
        return None
    if node.type == "binary_expression":
        operator = node.child_by_field_name("operator")
        if operator is None or code.source(operator) != "+":
            return None  # `password === other` shows whether it is right, and no more.
    return next(filter(None, (_secret_in(code, child) for child in node.named_children)), None)
