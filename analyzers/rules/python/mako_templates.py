"""Templates of Mako without escaping

## What it does
Reports templates and lookups of Mako, which escape nothing unless `default_filters` says so.

## Why is this bad?
A value with markup in it becomes part of the page and runs in the browser of whoever looks at it.

## Example
```python
template = mako.template.Template(text)
```

## Use instead
```python
template = mako.template.Template(text, default_filters=["h"])
```

## References
- CWE-79: Cross-site Scripting
- Mako documentation: Filtering and Buffering
"""

from __future__ import annotations

from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import template_variables
from analyzers.patterns.calls import keyword, may_have_more, named
from analyzers.rule import Rule

RULE = Rule(
    "mako-templates",
    cwe=79,
    severity="medium",
    confidence="medium",
    aliases=("B702", "S702"),
    words=("mako",),
)
fix = template_variables.filtered
_NAMES = ("mako.template.Template", "mako.lookup.TemplateLookup")


def find(code: Code) -> Iterator[Finding]:
    """Templates without a default filter."""
    for call in named(code, *_NAMES):
        if keyword(call, "default_filters") is None and not may_have_more(code, call):
            message = 'values reach the page as they are; say default_filters=["h"]'
            yield code.finding(RULE, call, message)
