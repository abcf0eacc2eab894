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
    for name in code.nodes(ast.expr):
        if (code.name(name) or "").endswith(("csrf_exempt", "csrf.exempt")):
            yield from _exempted(code, name)
    for node in code.nodes(ast.Assign):
        if value_of(code, node.value) is False and any(_is_switch(code, t) for t in node.targets):
            yield code.finding(RULE, node, _MESSAGE)


def _exempted(code: Code, name: ast.expr) -> Iterator[Finding]:
    """The decorator that a name is or belongs to, on a view that checks nothing else."""
    below: ast.AST = name
    above = code.parent(name)
    while isinstance(above, ast.expr | ast.keyword):
        below, above = above, code.parent(above)
    if not isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    if below in above.decorator_list and not _CHECKED.search(code.source(above)):
        yield code.finding(RULE, below, _MESSAGE)


def _is_switch(code: Code, target: ast.expr) -> bool:
    if isinstance(target, ast.Subscript):
        around = code.function(target)
        in_test = around is not None and "test" in around.name
        return text_of(code, target.slice) == "WTF_CSRF_ENABLED" and not in_test
    return False
