"""Templates that let markup through

## What it does
Reports Jinja2 environments without escaping: `autoescape=False`, or none given, which means the
same. Environments whose templates are LaTeX, code or configuration by their file names are left
out as far as that shows.

## Why is this bad?
A name such as `<script>...` is then part of the page, and runs for everyone who looks at it.

## Example
```python
environment = jinja2.Environment(loader=loader)
```

## Use instead
```python
environment = jinja2.Environment(loader=loader, autoescape=select_autoescape())
```

## References
- CWE-79: Cross-site Scripting
- Jinja documentation: Autoescaping
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import template_variables
from analyzers.patterns.calls import keyword, may_have_more, named
from analyzers.patterns.constants import value_of
from analyzers.rule import Rule

RULE = Rule(
    "autoescape-off",
    cwe=79,
    severity="medium",
    confidence="medium",
    aliases=("B701", "S701"),
    words=("environment", "autoescape"),
)
fix = template_variables.autoescaped
_ENVIRONMENTS = (
    "jinja2.Environment",
    "jinja2.environment.Environment",
    "jinja2.sandbox.SandboxedEnvironment",
)
_MESSAGE = "markup in values reaches the page; say autoescape=select_autoescape()"


def find(code: Code) -> Iterator[Finding]:
    """Environments that escape nothing."""
    for call in named(code, *_ENVIRONMENTS):
        chosen = keyword(call, "autoescape")
        if chosen is not None and value_of(code, chosen) is False:
            yield code.finding(RULE, call, _MESSAGE, confidence="high")
        elif chosen is None and not may_have_more(code, call) and not _is_no_page(code, call):
            yield code.finding(RULE, call, _MESSAGE)


def _is_no_page(code: Code, call: ast.Call) -> bool:
    """Other delimiters are chosen where braces mean something: in LaTeX and in code."""
    return any(
        keyword(call, name) is not None for name in ("block_start_string", "line_statement_prefix")
    )
