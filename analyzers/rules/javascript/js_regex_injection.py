"""A regular expression that a client writes

## What it does
Reports `new RegExp` of data from a request, unless its special characters are escaped.

## Why is this bad?
An expression like `(a+)+$` takes hours on a short text, and the whole server waits for it.

## Example
```javascript
const found = names.filter((name) => new RegExp(req.query.search).test(name));
```

## Use instead
```javascript
const found = names.filter((name) => name.includes(req.query.search));
```

## References
- CWE-1333: Inefficient Regular Expression Complexity
- OWASP: Regular expression Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.finding import Finding
from analyzers.javascript.origin import origins
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls, reached
from analyzers.javascript.sources import FOR_REGEX
from analyzers.rule import Rule

RULE = Rule(
    "js-regex-injection",
    cwe=1333,
    severity="medium",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("regexp",),
)


def find(code: ScriptCode) -> Iterator[Finding]:
    """Expressions from outside."""
    for call in calls(code, "RegExp"):
        if callee_path(code, call) == "RegExp" and call.arguments:
            value = call.arguments[0]
            if origins(code).of(value, FOR_REGEX).kind == "remote":
                what = "a regular expression"
                yield from reached(code, RULE, call.node, value, what, clean=FOR_REGEX)
