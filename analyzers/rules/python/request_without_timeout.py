"""A request that may wait for ever

## What it does
Reports requests and clients of requests and httpx that are told to wait for ever, by
`timeout=None`. That requests waits for ever when nothing is said is left to those who call it.

## Why is this bad?
The other side decides how long this one waits. A handful of hanging answers holds up all workers.

## Example
```python
requests.get(url, timeout=None)
```

## Use instead
```python
requests.get(url, timeout=10)
```

## References
- CWE-400: Uncontrolled Resource Consumption
- requests documentation: Timeouts
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import certificates
from analyzers.patterns.calls import keyword, named
from analyzers.rule import Rule

RULE = Rule(
    "request-without-timeout",
    cwe=400,
    severity="low",
    confidence="low",
    aliases=("B113", "S113"),
    words=("timeout",),
)
fix = certificates.in_time
_REQUESTS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_CALLS = (
    *(f"{package}.{verb}" for package in ("requests", "httpx") for verb in _REQUESTS),
    "httpx.Client",
    "httpx.AsyncClient",
)


def find(code: Code) -> Iterator[Finding]:
    """Requests that say that they wait for ever."""
    for call in named(code, *_CALLS):
        given = keyword(call, "timeout")
        if isinstance(given, ast.Constant) and given.value is None:
            yield code.finding(RULE, call, "this may wait for ever; give it a number of seconds")
