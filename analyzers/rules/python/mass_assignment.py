"""Fields that a request chooses

## What it does
Reports `setattr(obj, name, value)` where the name is a key of a request, and objects whose
`__dict__` is updated with one. A name that was held against a list of fields is let through, and so
is one that comes from a model which names its fields.

## Why is this bad?
Whoever sends the request sets what the form never showed: `is_admin`, `balance`, `owner_id`.

## Example
```python
for name, value in request.get_json().items():
    setattr(user, name, value)
```

## Use instead
```python
data = request.get_json()
for name in ("display_name", "email"):
    if name in data:
        setattr(user, name, data[name])
```

## References
- CWE-915: Improperly Controlled Modification of Dynamically-Determined Object Attributes
- OWASP Mass Assignment Cheat Sheet
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
from analyzers.rule import Rule

RULE = Rule(
    "mass-assignment",
    cwe=915,
    severity="medium",
    confidence="high",
    words=("setattr", "__dict__", "vars("),
)
_NAMED = Sink(("setattr", "object.__setattr__", ".__setattr__"), (1,))
_UPDATES = (".update",)
CALLS = calls_of(_NAMED, _UPDATES)
_JUDGEMENT = Judgement("field", local=None)
_MESSAGE = "{source} chooses which fields are set; go through a list of those that it may set"
# Of what a framework makes of a body, these have the sender's keys.
_OPEN_TYPES = re.compile(r"\b(dict|Dict|Mapping|MutableMapping|Any|Request|HttpRequest)\b")


def find(code: Code) -> Iterator[Finding]:
    """Names of attributes that a request brings."""
    found = [*hits(code, (_NAMED,), _JUDGEMENT), *_whole(code)]
    # What went through a model or a schema has the fields that this one names.
    yield from findings(code, RULE, [hit for hit in found if _is_open(hit)], _MESSAGE)


def _whole(code: Code) -> Iterator[Hit]:
    """`obj.__dict__.update(data)` and `vars(obj).update(data)`."""
    for event in analysis(code).calls(("update",)):
        call = event.node
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
            continue
        owner = call.func.value
        is_of_object = (isinstance(owner, ast.Attribute) and owner.attr == "__dict__") or (
            isinstance(owner, ast.Call) and code.name(owner.func) == "vars"
        )
        for value in event.arguments if is_of_object else ():
            # Of a display the keys are the program's own.
            thing = event.thing(value)
            hit = judged(event, value if thing is None else thing.rest or value, _JUDGEMENT)
            if hit is not None and (thing is None or thing.rest is not None):
                yield hit


def _is_open(hit: Hit) -> bool:
    node = hit.taint.origin.node
    if isinstance(node, ast.arg) and node.annotation is not None:
        return bool(_OPEN_TYPES.search(ast.unparse(node.annotation)))
    return hit.confidence == "high"
