"""An error that nobody will hear of

## What it does
Reports `except` without a type, or for `Exception` or `BaseException`, whose body does nothing.
Where one narrow exception is ignored, where the `try` only cleans up (closes, removes, kills,
disconnects) or only imports, and after a comment that says why, it is silent.

## Why is this bad?
A failed check of a signature, a full disk, a typing error: all look like success, and the program
goes on with what it has.

## Example
```python
try:
    verify(signature)
except Exception:
    pass
```

## Use instead
```python
try:
    verify(signature)
except InvalidSignature:
    log.warning("wrong signature")
    raise
```

## References
- CWE-703: Improper Check or Handling of Exceptional Conditions
- CWE-390: Detection of Error Condition Without Action
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.rule import Rule

RULE = Rule(
    "swallowed-exception",
    cwe=703,
    severity="low",
    confidence="medium",
    aliases=("B110", "B112", "S110", "S112"),
    words=("except",),
)
_BROAD = ("Exception", "BaseException")
_CLEAN_UP = re.compile(
    r"close|remove|unlink|rmtree|rmdir|delete|kill|terminate|disconnect|shutdown|cleanup|clean_up"
    r"|release|stop|quit|exit|cancel|flush|rollback|destroy|logout|unregister|detach|discard"
)


def find(code: Code) -> Iterator[Finding]:
    """Broad handlers that do nothing."""
    for handler in code.nodes(ast.ExceptHandler):
        if not _is_broad(code, handler) or not _does_nothing(handler):
            continue
        tried = code.parent(handler)
        if isinstance(tried, ast.Try) and not _is_harmless(tried) and not _explains(code, handler):
            message = "every error ends here unheard; name the one that is meant, or log it"
            yield code.finding(RULE, handler, message)


def _is_broad(code: Code, handler: ast.ExceptHandler) -> bool:
    return handler.type is None or code.name(handler.type) in _BROAD


def _does_nothing(handler: ast.ExceptHandler) -> bool:
    return all(
        isinstance(statement, ast.Pass | ast.Continue)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        for statement in handler.body
    )


def _is_harmless(tried: ast.Try) -> bool:
    if all(isinstance(statement, ast.Import | ast.ImportFrom) for statement in tried.body):
        return True
    if len(tried.body) > 2:
        return False
    calls = [
        node.func for part in tried.body for node in ast.walk(part) if isinstance(node, ast.Call)
    ]
    names = [
        call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls
    ]
    return bool(names) and any(_CLEAN_UP.search(name.lower()) for name in names)


def _explains(code: Code, handler: ast.ExceptHandler) -> bool:
    # The span of a handler ends with its last statement; a comment may stand behind it.
    end = code.span(handler).end
    line_end = code.text.find("\n", end)
    source = code.source(handler) + code.text[end : line_end if line_end >= 0 else None]
    comment = re.search(r"#(?!\s*(?:noqa|nosec|pragma|type:|expect:))\s*\w+\s+\w+", source)
    return comment is not None
