"""Task queues that take pickles

## What it does
Reports `accept_content` of Celery that names pickle.

## Why is this bad?
A worker unpickles what comes out of its queue: who can write to the queue, through a broker that is
open or a password that got out, runs code in every worker.

## Example
```python
app.conf.accept_content = ["json", "pickle"]
```

## Use instead
```python
app.conf.accept_content = ["json"]
```

## References
- CWE-502: Deserialization of Untrusted Data
- Celery documentation: Security, Serializers
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.rule import Rule

RULE = Rule(
    "pickled-tasks",
    cwe=502,
    severity="medium",
    confidence="medium",
    words=("accept_content",),
)
_NAMES = ("accept_content", "celery_accept_content")
_PICKLES = ("pickle", "application/x-python-serialize")
_MESSAGE = "who can write to the queue runs code in every worker; accept json alone"


def find(code: Code) -> Iterator[Finding]:
    """Settings that let pickles in."""
    for node in code.nodes(ast.Assign):
        if any(_is_setting(target) for target in node.targets) and _has_pickle(node.value):
            yield code.finding(RULE, node, _MESSAGE)
    for call in code.nodes(ast.Call):
        for given in call.keywords:
            if (given.arg or "").lower() in _NAMES and _has_pickle(given.value):
                yield code.finding(RULE, given.value, _MESSAGE)


def _is_setting(target: ast.expr) -> bool:
    name = target.attr if isinstance(target, ast.Attribute) else getattr(target, "id", "")
    return name.lower() in _NAMES


def _has_pickle(node: ast.expr) -> bool:
    listed = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else []
    return any(isinstance(one, ast.Constant) and one.value in _PICKLES for one in listed)
