"""A pattern that a request writes

## What it does
Reports regular expressions that are, or are built from, data of a request. Data that went through
`re.escape` is let through.

## Why is this bad?
A pattern such as `(a+)+$` takes longer than anyone waits to say no to a short text: one request
keeps a worker busy. And a pattern that matches everything passes where a name was asked for.

## Example
```python
if re.match(request.args["name"], line):
```

## Use instead
```python
if re.match(re.escape(request.args["name"]), line):
```

## References
- CWE-1333: Inefficient Regular Expression Complexity
- CWE-400: Uncontrolled Resource Consumption
- OWASP: Regular expression Denial of Service
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import regexes
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Judgement, Sink, findings, hits
from analyzers.rule import Rule

RULE = Rule(
    "regex-injection",
    cwe=1333,
    severity="medium",
    confidence="high",
    words=("re.", "regex", "from re "),
)
fix = regexes.escaped
_SINKS = (
    Sink(
        tuple(f"{module}.{name}" for module in ("re", "regex") for name in regexes.FUNCTIONS),
        keywords=("pattern",),
    ),
)
CALLS = calls_of(*_SINKS)
_JUDGEMENT = Judgement("regex", local=None)
_MESSAGE = "{source} is read as a pattern, which may take forever; escape it with re.escape"


def find(code: Code) -> Iterator[Finding]:
    """Patterns from requests."""
    yield from findings(code, RULE, hits(code, _SINKS, _JUDGEMENT), _MESSAGE)
