"""Other people's lines in a header

## What it does
Reports data of a request that becomes a header of the answer where nothing refuses line ends:
`send_header` of `http.server`, the headers of WSGI's `start_response`, and answers that are written
as text. A path that nobody decoded and the headers of a request hold no line ends. In every
framework, the name of a header that a request chooses. Values of headers in Flask, Django,
Starlette, FastAPI, Tornado, aiohttp and Bottle are let through: these refuse line ends themselves.

## Why is this bad?
A value with a line end begins a header of its own, such as a cookie, and two of them begin the
page: whoever sends the link decides over what the browser sees. Whoever chooses a header's name
sets cookies and opens the site to others.

## Example
```python
self.send_header("X-Name", query["name"][0])
```

## Use instead
```python
self.send_header("X-Name", " ".join(query["name"][0].splitlines()))
```

## References
- CWE-113: Improper Neutralization of CRLF Sequences in HTTP Headers
- OWASP: HTTP Response Splitting
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import headers
from analyzers.flow.analysis import analysis
from analyzers.flow.events import Event
from analyzers.flow.sinks import Hit, Judgement, findings, judged
from analyzers.flow.value import Value
from analyzers.patterns.lines import is_on_one_line
from analyzers.rule import Rule

RULE = Rule(
    "header-injection",
    cwe=113,
    severity="medium",
    confidence="high",
    words=("header", "start_response", "http/1."),
)
fix = headers.one_line
_JUDGEMENT = Judgement("header", local=None)
_MESSAGE = "a line end in {source} begins a header of its own; keep it on one line"
_OF_NAME = "{source} chooses the name of this header; take one of a list"
_SENT = ("send", "sendall", "write")
# An answer as text: a header whose value is not constant.
_AS_TEXT = re.compile(r"HTTP/1\.[^\0]*\r?\n(?:[^\0]*\n)?[\w-]+: ?[^\r\n\0]*\0")


def find(code: Code) -> Iterator[Finding]:
    """Headers with data in their values or names."""
    values = [*_lines(code), *_lists(code), *_texts(code)]
    broken = [hit for hit in values if _may_hold_a_line_end(code, hit)]
    yield from findings(code, RULE, broken, _MESSAGE)
    yield from findings(code, RULE, _names(code), _OF_NAME)


def _may_hold_a_line_end(code: Code, hit: Hit) -> bool:
    """Headers and paths are read up to a line end; what is decoded of a path may hold others."""
    origin = hit.taint.origin
    if hit.confidence != "high" or origin.note.endswith("headers"):
        return False
    return origin.note != "the request's path" or bool(origin.path) or "unquote" in code.text


def _lines(code: Code) -> Iterator[Hit]:
    for event in analysis(code).calls(("send_header",)):
        for value in event.arguments[1:2]:
            if not _is_made_one_line(event.node):
                yield from _hit(event, value)


def _lists(code: Code) -> Iterator[Hit]:
    """`start_response(status, [(name, value), ...])`."""
    for event in analysis(code).of("call"):
        # It is a parameter, so that the call has no name.
        if not _is_start(event.node) or _is_made_one_line(event.node):
            continue
        thing = event.thing(event.arguments[1]) if len(event.arguments) > 1 else None
        for pair in thing.everything() if thing is not None else ():
            yield from _hit(event, pair)


def _is_made_one_line(node: ast.AST) -> bool:
    given = headers.header_values(node) if isinstance(node, ast.Call) else []
    return bool(given) and is_on_one_line(given)


def _is_start(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "start_response"
    )


def _texts(code: Code) -> Iterator[Hit]:
    for event in analysis(code).calls(_SENT):
        for value in event.arguments[:1]:
            if _AS_TEXT.match(value.text):
                yield from _hit(event, value)


def _names(code: Code) -> Iterator[Hit]:
    for event in analysis(code).of("store"):
        target = event.node
        if isinstance(target, ast.Subscript) and _is_headers(target.value) and event.arguments:
            yield from _hit(event, event.arguments[0])


def _is_headers(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "headers"


def _hit(event: Event, value: Value) -> Iterator[Hit]:
    hit = judged(event, value, _JUDGEMENT)
    if hit is not None:
        yield hit
