"""A form that other sites may send

## What it does
Reports Django's `csrf_exempt` on views that answer to browsers, and Flask's `WTF_CSRF_ENABLED` or
`csrf=False` switched off. Views that check a signature (webhooks) are left out, as far as their
name and body show it.

## Why is this bad?
Any page that a signed-in user visits can send the form in that user's name.

## Example
```python
@csrf_exempt
def transfer(request): ...
```

## Use instead
```python
def transfer(request): ...
```
with `{% csrf_token %}` in the form.

## References
- CWE-352: Cross-Site Request Forgery
- Django documentation: Cross Site Request Forgery protection
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.constants import text_of, value_of
from analyzers.rule import Rule

RULE = Rule(
    "csrf-exempt",
    cwe=352,
    severity="medium",
    confidence="medium",
    words=("csrf",),
)
_CHECKED = re.compile(r"(?i)webhook|callback|hmac|signature|compare_digest|api_key|bearer|verify")
_MESSAGE = "other sites can send this in the name of a signed-in user"


def find(code: Code) -> Iterator[Finding]:
    """Exempted views and protection that is off."""
    heads = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    for function in code.nodes(ast.stmt):
        if not isinstance(function, heads):
            continue
        for decorator in function.decorator_list:
            names = [n for n in ast.walk(decorator) if isinstance(n, ast.Name | ast.Attribute)]
            exempt = any(
                (code.name(name) or "").endswith(("csrf_exempt", "csrf.exempt")) for name in names
            )
            if exempt and not _CHECKED.search(code.source(function)):
                yield code.finding(RULE, decorator, _MESSAGE)
    for node in code.nodes(ast.Assign):
        if value_of(code, node.value) is False and any(_is_switch(code, t) for t in node.targets):
            yield code.finding(RULE, node, _MESSAGE)


def _is_switch(code: Code, target: ast.expr) -> bool:
    if isinstance(target, ast.Subscript):
        around = code.function(target)
        in_test = around is not None and "test" in around.name
        return text_of(code, target.slice) == "WTF_CSRF_ENABLED" and not in_test
    return False
