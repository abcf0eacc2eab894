"""A page made of data

## What it does
Reports text of a request that is sent back as HTML without being escaped: what a route answers,
`HttpResponse`, `HTMLResponse`, `Markup`, `mark_safe`. Less sure are pages that a function builds
around its parameters.

## Why is this bad?
A link can then carry script that runs on the page, in the name of whoever follows it.

## Example
```python
return f"<p>No user is called {request.args['name']}</p>"
```

## Use instead
```python
return render_template("missing.html", name=request.args["name"])
```

## References
- CWE-79: Improper Neutralization of Input During Web Page Generation
- OWASP Cross Site Scripting Prevention Cheat Sheet
- MarkupSafe documentation: `escape`
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import html_output
from analyzers.flow.analysis import analysis
from analyzers.flow.called import calls_of
from analyzers.flow.events import Event
from analyzers.flow.library import MARKUP
from analyzers.flow.request import route_paths
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
from analyzers.flow.value import Value
from analyzers.patterns.content_types import says_no_page
from analyzers.rule import Rule

RULE = Rule(
    "cross-site-scripting",
    cwe=79,
    severity="high",
    confidence="high",
    aliases=("B703", "S308", "B308", "B704", "S704"),
    words=("return", "response", "markup", "mark_safe", "write", "yield", "html", "template"),
)
fix = html_output.escaped
_SINKS = (
    Sink(
        (
            "fastapi.responses.HTMLResponse", "starlette.responses.HTMLResponse", "HTMLResponse",
            "django.http.HttpResponse", "HttpResponse", "sanic.response.html",
            "django.http.HttpResponseBadRequest", "django.http.HttpResponseNotFound",
        ),
        keywords=("content", "body"),
    ),
)  # fmt: skip
_MARKUP = (
    Sink(
        (
            "markupsafe.Markup", "flask.Markup", "jinja2.Markup", "Markup",
            "django.utils.safestring.mark_safe", "mark_safe", "django.utils.html.html_safe",
        ),
        keywords=("s", "object"),
    ),
)  # fmt: skip
_TYPES = ("content_type", "mimetype", "media_type")
_RESPONSES = (
    "flask.Response", "werkzeug.Response", "quart.Response", "flask.make_response",
    "quart.make_response", "bottle.HTTPResponse",
)  # fmt: skip
# Responses that are no page unless they say so.
_PLAIN_RESPONSES = (
    "aiohttp.web.Response", "fastapi.Response", "fastapi.responses.Response",
    "starlette.responses.Response",
)  # fmt: skip
_OF_HANDLERS = Sink((".write",))
_NAMES_OF_APPS = ("flask", "bottle", "quart", "werkzeug", "cherrypy")
# Their functions answer with pages without a call; other pages say that they are HTML.
CALLS = calls_of(
    *_SINKS, *_MARKUP, _RESPONSES, _PLAIN_RESPONSES, _OF_HANDLERS, _NAMES_OF_APPS,
    ("html", "HTML", "Html"), ("doctype", "DOCTYPE"), (".render_template_string",),
    ("render_template_string",), (".route",),
)  # fmt: skip
_HTML_APPS = re.compile(rf"^({'|'.join(_NAMES_OF_APPS)})\b")
_TAG = re.compile(
    r"<(!doctype|html|body|head|div|p|h[1-6]|span|a|b|i|li|td|script|title)\b[^\0]*>", re.I
)
# Of pages that are made of anything.
UNPROVEN = ("<html", "<!doctype")
_SAFE_FILTER = re.compile(r"\{\{\s*(\w+)\s*\|\s*safe\s*\}\}")
_JUDGEMENT = Judgement("xss", local=None)
_BUILT = Judgement("xss", local=None, unknown="built")
_MESSAGE = "{source} is sent back as part of a page; escape it"


def find(code: Code) -> Iterator[Finding]:
    """Text that is sent back as HTML."""
    found = [hit for hit in hits(code, _SINKS, _JUDGEMENT) if not _is_other_type(hit.event)]
    found += _responses(code)
    found += hits(code, _MARKUP, _JUDGEMENT)
    found += _pages(code)
    for hit in hits(code, (_OF_HANDLERS,), _JUDGEMENT):
        given = hit.event.argument(0, "chunk")
        # Tornado sends a dictionary as JSON.
        is_text = given is not None and hit.event.thing(given) is None
        is_text = is_text and not says_no_page(code, hit.event.node)
        if is_text and hit.event.receiver is not None and _is_page(code, hit.event):
            found.append(hit)
    found += _answers(code)
    found += _unescaped(code)
    yield from findings(code, RULE, found, _MESSAGE)


def _unescaped(code: Code) -> Iterator[Hit]:
    """Variables of a template that it asks not to be escaped: `{{ name|safe }}`."""
    for event in analysis(code).calls(("render_template_string",)):
        text = event.argument(0, "source")
        if text is None or not text.is_constant:
            continue
        asked = set(_SAFE_FILTER.findall(str(text.constant)))
        for name in asked & event.keywords.keys():
            hit = judged(event, event.keywords[name], _JUDGEMENT)
            if hit is not None:
                yield hit


def _is_page(code: Code, event: Event) -> bool:
    """`self.write(...)` of Tornado and `self.wfile.write(...)` of the standard library."""
    if not isinstance(event.node, ast.Call):
        return False
    called = ast.unparse(event.node.func)
    return called == "self.wfile.write" or (
        called == "self.write"
        and (any(n.startswith("tornado") for n in code.imports.values()) or _asks_tornado(code))
    )


def _asks_tornado(code: Code) -> bool:
    """Whether a fragment without its imports asks as handlers of Tornado do."""
    return not code.imports and any(
        isinstance(node.func, ast.Attribute)
        and node.func.attr.startswith("get_")
        and node.func.attr.endswith("_argument")
        for node in code.nodes(ast.Call)
    )


def _is_other_type(event: Event) -> bool:
    for name in _TYPES:
        value = event.keywords.get(name)
        if value is not None and value.is_constant:
            return "html" not in str(value.constant)
    return False


def _says_html(event: Event) -> bool:
    given = [event.keywords[name] for name in _TYPES if name in event.keywords]
    return any("html" in str(option) for value in given for option in value.options)


def _answers(code: Code) -> Iterator[Hit]:
    is_html = any(_HTML_APPS.match(name) for name in code.imports.values())
    for event in analysis(code).of("answer"):
        function = event.function
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        # Of a piece without its imports, only a tag says that the answer is a page.
        is_piece = not code.imports and _is_route(function) and _asks_flask(function)
        if not route_paths(function) or not (is_html or is_piece or _answers_html(code, function)):
            continue
        body = _body(event, event.arguments[0])
        if body is None or (is_piece and not _TAG.search(body.text)):
            continue
        hit = judged(event, body, _JUDGEMENT)
        if hit is not None:
            yield hit


def _asks_flask(function: ast.AST) -> bool:
    """Whether it asks as functions of Flask do: `request.args`, `request.form`."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in ("args", "form", "values")
        and isinstance(node.value, ast.Name)
        and node.value.id == "request"
        for node in ast.walk(function)
    )


def _is_route(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    called = [one.func for one in function.decorator_list if isinstance(one, ast.Call)]
    return any(isinstance(one, ast.Attribute) and one.attr == "route" for one in called)


def _answers_html(code: Code, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether FastAPI sends what a route answers as it is: `response_class=HTMLResponse`."""
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
            continue
        for keyword in decorator.keywords:
            if keyword.arg == "response_class":
                return (code.name(keyword.value) or "").endswith("HTMLResponse")
        owner = code.name(decorator.func.value)
        if owner is not None and owner in _html_by_default(code):
            return True
    return False


def _html_by_default(code: Code) -> set[str]:
    """Applications and routers whose routes answer with pages unless they say otherwise."""
    return {
        target.id
        for node in code.tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        for keyword in node.value.keywords
        if keyword.arg == "default_response_class"
        and (code.name(keyword.value) or "").endswith("HTMLResponse")
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _responses(code: Code) -> Iterator[Hit]:
    for event in analysis(code).calls(("Response", "make_response", "HTTPResponse")):
        # The first argument of aiohttp's response is bytes, which are no page either.
        value = event.argument(0, "response", "body", "content", "text")
        is_page = event.name in _RESPONSES and not _is_other_type(event)
        is_page = is_page or (event.name in _PLAIN_RESPONSES and _says_html(event))
        if value is None or not is_page:
            continue
        body = _body(event, value)
        hit = None if body is None else judged(event, body, _JUDGEMENT)
        if hit is not None:
            yield hit


def _pages(code: Code) -> Iterator[Hit]:
    """Pages that a function builds around its own parameters as they are."""
    for event in analysis(code).of("answer"):
        value = event.arguments[0]
        if not isinstance(event.node, ast.Return) or not _TAG.search(value.text):
            continue
        if "<!doctype" not in value.text.lower() and "<html" not in value.text.lower():
            continue
        hit = judged(event, value, _BUILT)
        if hit is not None and isinstance(hit.taint.origin.node, ast.arg):
            yield hit


def _body(event: Event, value: Value) -> Value | None:
    """What of an answer is the page: a dictionary or list is sent as JSON."""
    thing = event.thing(value)
    if thing is None:
        # What was put into Markup or a response was judged there.
        is_judged = value.kind in ("request", "session", "response") or value.kind in MARKUP
        is_judged = is_judged or value.kind.endswith("Response")
        return None if is_judged else value
    if thing.kind == "tuple" and thing.items:
        return _body(event, thing.items[0])
    return None
