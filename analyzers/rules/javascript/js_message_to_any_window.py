"""A message to whichever window is there

## What it does
Reports `postMessage` to another window with the target origin `*`.

## Why is this bad?
If the window has gone to another page meanwhile, that page reads the message.

## Example
```javascript
parent.postMessage({ token }, "*");
```

## Use instead
```javascript
parent.postMessage({ token }, "https://app.example.com");
```

## References
- CWE-346: Origin Validation Error
- MDN: Window.postMessage()
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.finding import Confidence, Finding
from analyzers.javascript.built import constant
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import calls
from analyzers.rule import Rule

RULE = Rule(
    "js-message-to-any-window",
    cwe=346,
    severity="medium",
    confidence="medium",
    languages=("javascript", "typescript"),
    words=("postmessage",),
)
_SECRET = re.compile(r"token|passw|secret|auth|session|credential|jwt|user", re.IGNORECASE)

# A script's own window cannot have gone to another page while the script runs.
_OWN = frozenset({"self", "globalThis", "global", "_global"})


def find(code: ScriptCode) -> Iterator[Finding]:
    """Messages to any origin."""
    for call in calls(code, "postMessage"):
        on = call.callee.child_by_field_name("object")
        if on is not None and code.source(on).rpartition(".")[2] in _OWN:
            continue
        if len(call.arguments) > 1 and constant(code, call.arguments[1]) == "*":
            is_secret = _SECRET.search(code.source(call.arguments[0])) is not None
            confidence: Confidence = "medium" if is_secret else "low"
            message = "whatever page is there now reads this message"
            yield code.finding(RULE, call.node, message, confidence=confidence)
