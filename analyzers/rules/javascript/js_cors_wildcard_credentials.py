"""Any site may act as the user

## What it does
Reports answers that allow every origin, or the origin that asks, together with credentials.

## Why is this bad?
Any page that a user opens can then call the server with the user's cookies and read the answers.

## Example
```javascript
app.use(cors({ origin: true, credentials: true }));
```

## Use instead
```javascript
app.use(cors({ origin: ["https://app.example.com"], credentials: true }));
```

## References
- CWE-942: Permissive Cross-domain Policy with Untrusted Domains
- MDN: Access-Control-Allow-Credentials
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.built import constant
from analyzers.javascript.origin import origins
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import calls, option
from analyzers.rule import Rule

RULE = Rule(
    "js-cors-wildcard-credentials",
    cwe=942,
    severity="medium",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("credentials",),
)
_ORIGIN = "access-control-allow-origin"
_CREDENTIALS = "access-control-allow-credentials"


def find(code: ScriptCode) -> Iterator[Finding]:
    """Options and headers that allow both."""
    message = "any site may use this with the user's credentials"
    for pair, value in code.pairs("credentials"):
        origin = option(code, pair.parent, "origin")
        if code.source(value) == "true" and origin is not None and _is_any(code, origin):
            yield code.finding(RULE, pair.parent or pair, message)
    headers = [
        (name.lower(), call.node, call.arguments[1])
        for call in calls(code, "setHeader", "header", "set", "append")
        if len(call.arguments) > 1 and (name := constant(code, call.arguments[0])) is not None
    ]
    if any(name == _CREDENTIALS and _is_true(code, value) for name, _, value in headers):
        for name, node, value in headers:
            if name == _ORIGIN and _is_any(code, value):
                yield code.finding(RULE, node, message)


def _is_any(code: ScriptCode, value: Node) -> bool:
    if code.source(value) == "true" or constant(code, value) == "*":
        return True
    return origins(code).of(value).kind == "remote"


def _is_true(code: ScriptCode, value: Node) -> bool:
    return code.source(value) == "true" or constant(code, value) == "true"
