"""Objects read from text that can hold code

## What it does
Reports `unserialize` of node-serialize and its like, and schemas of js-yaml that make functions. It
is proven where the text comes from a request; `v8.deserialize` is reported only then.

## Why is this bad?
The text can hold functions that run when it is read.

## Example
```javascript
const profile = serialize.unserialize(req.cookies.profile);
```

## Use instead
```javascript
const profile = JSON.parse(req.cookies.profile);
```

## References
- CWE-502: Deserialization of Untrusted Data
- OWASP: Deserialization Cheat Sheet
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.finding import Finding
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls, option, reached
from analyzers.rule import Rule

RULE = Rule(
    "js-unsafe-deserialisation",
    cwe=502,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("serialize", "yaml", "cryo", "funcster", "unserialize"),
)
_MODULES = ("@node-serialize", "@serialize-to-js", "@funcster", "@cryo", "serialize", "cryo")
_WORSE = ("DEFAULT_FULL_SCHEMA", "jsYaml.DEFAULT_FULL", "js-yaml-js-types")


def find(code: ScriptCode) -> Iterator[Finding]:
    """Readers that run code."""
    what = "an object that may hold code"
    for call in calls(code, "unserialize", "deepDeserialize", "parse", "deserialize"):
        path = callee_path(code, call)
        is_reader = call.name == "unserialize" or call.name == "deepDeserialize"
        if call.arguments and (path.startswith(_MODULES) or is_reader):
            text = call.arguments[0]
            yield from reached(code, RULE, call.node, text, what, unknown=("high", "medium"))
        elif call.arguments and path in ("@v8.deserialize", "v8.deserialize"):
            yield from reached(code, RULE, call.node, call.arguments[0], what)
    for call in calls(code, "load", "loadAll"):
        schema = option(code, call.arguments[-1] if len(call.arguments) > 1 else None, "schema")
        if schema is not None and any(word in code.source(schema) for word in _WORSE):
            text = call.arguments[0]
            yield from reached(code, RULE, call.node, text, what, unknown=("medium", "medium"))
