"""Every site may read the answers

## What it does
Reports cross-origin rules that allow all origins together with credentials: FastAPI's and
Starlette's `CORSMiddleware`, Flask-CORS, Django's `CORS_ALLOW_ALL_ORIGINS` beside
`CORS_ALLOW_CREDENTIALS`, and an origin that is sent back as it came.

## Why is this bad?
Any page that a signed-in user visits can then call the service in the user's name and read what it
answers.

## Example
```python
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
```

## Use instead
```python
app.add_middleware(CORSMiddleware, allow_origins=["https://app.corp.net"], allow_credentials=True)
```

## References
- CWE-942: Permissive Cross-domain Policy with Untrusted Domains
- Fetch standard: CORS protocol and credentials
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.calls import keyword, names
from analyzers.patterns.constants import text_of, value_of
from analyzers.rule import Rule

RULE = Rule(
    "cors-any-origin",
    cwe=942,
    severity="medium",
    confidence="high",
    words=("cors", "access-control-allow-origin", "allow_origin"),
)
_MESSAGE = "every site may call this with the user's cookies and read the answer; name the origins"


def find(code: Code) -> Iterator[Finding]:
    """All origins with credentials."""
    for name, call in names(code):
        with_credentials = any(
            value_of(code, keyword(call, parameter)) is True
            for parameter in ("allow_credentials", "supports_credentials")
        )
        if with_credentials and (
            _allows_all(code, call) or (name.endswith("CORS") and _default(call))
        ):
            yield code.finding(RULE, call, _MESSAGE)
    for node in code.nodes(ast.Assign):
        if _sets(code, node, "CORS_ALLOW_ALL_ORIGINS") or _sets(
            code, node, "CORS_ORIGIN_ALLOW_ALL"
        ):
            if any(_sets(code, other, "CORS_ALLOW_CREDENTIALS") for other in code.tree.body):
                yield code.finding(RULE, node, _MESSAGE)
        elif _reflects(code, node):
            yield code.finding(RULE, node, _MESSAGE, confidence="medium")


def _allows_all(code: Code, call: ast.Call) -> bool:
    for parameter in ("allow_origins", "origins", "allow_origin_regex"):
        given = keyword(call, parameter)
        all_given = given.elts if isinstance(given, ast.List | ast.Tuple) else [given]
        if any(text_of(code, each) in ("*", ".*") for each in all_given):
            return True
    return False


def _default(call: ast.Call) -> bool:
    """Flask-CORS allows all origins where none are named."""
    return not any(given.arg in ("origins", "resources", None) for given in call.keywords)


def _sets(code: Code, node: ast.stmt, name: str) -> bool:
    return (
        isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        and value_of(code, node.value) is True
    )


def _reflects(code: Code, node: ast.Assign) -> bool:
    """A header that answers with the origin of the request."""
    value = node.value
    asked = value.args[0] if isinstance(value, ast.Call) and value.args else None
    if isinstance(value, ast.Subscript):
        asked = value.slice
    named = (text_of(code, asked) or "").lower() in ("origin", "http_origin")
    return named and any(
        isinstance(target, ast.Subscript)
        and (text_of(code, target.slice) or "").lower() == "access-control-allow-origin"
        for target in node.targets
    )
