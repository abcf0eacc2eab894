"""A debugger for everyone

## What it does
Reports web applications that are started or configured with debugging on: `app.run(debug=True)`,
`app.debug = True`, `DEBUG = True` in Django's settings, `FastAPI(debug=True)` and Werkzeug's
debugger. Under `if __name__ == "__main__"`, where servers never come by, it is a remark.

## Why is this bad?
The pages for errors show source, settings and variables, and Werkzeug's let the visitor run Python.

## Example
```python
app.run(host="0.0.0.0", debug=True)
```

## Use instead
```python
app.run(debug=os.environ.get("FLASK_DEBUG") == "1")
```

## References
- CWE-489: Active Debug Code
- Flask documentation: Debugging Application Errors
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import debugging
from analyzers.patterns.calls import argument, keyword, methods, named
from analyzers.patterns.constants import text_of, value_of
from analyzers.patterns.options import in_options
from analyzers.rule import Rule

RULE = Rule(
    "debug-mode",
    cwe=489,
    severity="medium",
    confidence="medium",
    aliases=("B201", "S201"),
    words=("debug",),
)
fix = debugging.off
_APPLICATIONS = (
    "fastapi.FastAPI", "FastAPI", "starlette.applications.Starlette", "Starlette",
    "tornado.web.Application", "aiohttp.web.Application",
)  # fmt: skip
# Their debugging warns of slow steps and shows nobody anything.
_LOOPS = ("asyncio.", "anyio.", "trio.", "uvloop.")
_MESSAGE = "debugging shows source and variables, or more, to every visitor; take it from a setting"
_DJANGO = {"INSTALLED_APPS", "ALLOWED_HOSTS", "MIDDLEWARE", "ROOT_URLCONF", "DATABASES"}


def find(code: Code) -> Iterator[Finding]:
    """Debugging that is on whatever the settings say."""
    for call in methods(code, "run", "run_server"):
        loop = (code.name(call.func) or "").startswith(_LOOPS)
        given = keyword(call, "debug") or in_options(code, call, "debug")
        if not loop and value_of(code, given) is True:
            yield from _started(code, call)
    for call in named(code, "run_simple", "werkzeug.serving.run_simple", "serving.run_simple"):
        if value_of(code, keyword(call, "use_debugger")) is True:
            yield from _started(code, call)
    for call in named(code, *_APPLICATIONS):
        if value_of(code, keyword(call, "debug")) is True:
            yield code.finding(RULE, call, _MESSAGE)
    for node in code.nodes(ast.Assign):
        if value_of(code, node.value) is True and any(_is_debug(code, t) for t in node.targets):
            yield code.finding(RULE, node, _MESSAGE)


def _started(code: Code, call: ast.Call) -> Iterator[Finding]:
    given = keyword(call, "host") or argument(call, 0, "hostname")
    host = text_of(code, given)
    if host in ("0.0.0.0", "::"):
        yield code.finding(RULE, call, _MESSAGE, confidence="high")
    elif not _is_under_main(code, call):
        yield code.finding(RULE, call, _MESSAGE)
    else:
        yield code.finding(RULE, call, _MESSAGE, severity="low")


def _is_under_main(code: Code, node: ast.AST) -> bool:
    above = code.parent(node)
    while above is not None:
        if isinstance(above, ast.If) and "__name__" in code.source(above.test):
            return True
        above = code.parent(above)
    return False


def _is_debug(code: Code, target: ast.expr) -> bool:
    if isinstance(target, ast.Attribute):
        return target.attr == "debug" and (code.name(target.value) or "").endswith("app")
    if isinstance(target, ast.Subscript):
        settings = (code.name(target.value) or "").rpartition(".")[2]
        return settings == "config" and text_of(code, target.slice) in ("DEBUG", "FLASK_DEBUG")
    if isinstance(target, ast.Name) and target.id == "DEBUG":
        return any(
            isinstance(name, ast.Name) and name.id in _DJANGO
            for statement in code.tree.body
            if isinstance(statement, ast.Assign)
            for name in statement.targets
        )
    return False
