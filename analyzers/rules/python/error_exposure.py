"""A traceback for the visitor

## What it does
Reports tracebacks (`traceback.format_exc()` and its kin) that a function with a route sends back.

## Why is this bad?
Paths, versions, queries and now and then a password stand in a traceback: a map for an attack.

## Example
```python
except Exception:
    return traceback.format_exc(), 500
```

## Use instead
```python
except Exception:
    log.exception("the report failed")
    return "The report failed.", 500
```

## References
- CWE-209: Generation of Error Message Containing Sensitive Information
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.patterns.constants import bound_to
from analyzers.rule import Rule

RULE = Rule(
    "error-exposure",
    cwe=209,
    severity="low",
    confidence="high",
    words=("traceback",),
)
_FORMATS = ("traceback.format_exc", "traceback.format_exception", "traceback.format_tb")
_ROUTES = ("route", "get", "post", "put", "patch", "delete", "errorhandler", "exception_handler")


def find(code: Code) -> Iterator[Finding]:
    """Returned tracebacks, directly or by a variable."""
    for answer in code.nodes(ast.Return):
        function = code.function(answer)
        if answer.value is None or function is None or not _has_route(function):
            continue
        for node in ast.walk(answer.value):
            shown = bound_to(code, node) or [] if isinstance(node, ast.Name) else [node]
            if any(_formats(code, below) for each in shown for below in ast.walk(each)):
                yield code.finding(RULE, answer, "the visitor gets the traceback; log it instead")
                break


def _formats(code: Code, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and code.name(node.func) in _FORMATS


def _has_route(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    called = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    return any(isinstance(each, ast.Attribute) and each.attr in _ROUTES for each in called)
