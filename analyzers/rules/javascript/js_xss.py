"""Data from outside as HTML

## What it does
Reports what a page takes as HTML and not as text: `innerHTML`, `outerHTML`, `insertAdjacentHTML`,
`document.write`, jQuery's `html`, React's `dangerouslySetInnerHTML`, and what a server sends of a
request as it is.

## Why is this bad?
Whoever wrote the data runs scripts in the page: they read what its user sees and act in their name.

## Example
```javascript
element.innerHTML = "Hello " + location.hash.slice(1);
```

## Use instead
```javascript
element.textContent = "Hello " + location.hash.slice(1);
```

## References
- CWE-79: Improper Neutralization of Input During Web Page Generation
- OWASP: DOM based XSS Prevention Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Confidence, Edit, Finding, Fix, Severity
from analyzers.javascript.built import is_built, pieces
from analyzers.javascript.origin import origins
from analyzers.javascript.script import Call, ScriptCode
from analyzers.javascript.sinks import callee_path, calls, reached
from analyzers.javascript.sources import FOR_HTML
from analyzers.rule import Rule

RULE = Rule(
    "js-xss",
    cwe=79,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("innerhtml", "outerhtml", "insertadjacenthtml", "document.write", "html(", "send(",
           ".write(", ".end(", "bypasssecuritytrust", "srcdoc", "append(",
           "createcontextualfragment", ".body", "parsehtml", "sethtmlunsafe"),
)  # fmt: skip
_PROPERTIES = ("innerHTML", "outerHTML", "srcdoc")
_JQUERY = ("html", "append", "prepend", "after", "before", "replaceWith", "wrap")
_ANGULAR = ("bypassSecurityTrustHtml", "bypassSecurityTrustScript", "bypassSecurityTrustUrl")
_RESPONSE = re.compile(r"(?:^|\.)(?:res|response|resp|reply|_res)(?:\.|$)")


def find(code: ScriptCode) -> Iterator[Finding]:
    """Values that become HTML."""
    what = "HTML of the page"
    for target, value in code.assignments(*_PROPERTIES):
        place = target.parent or target
        yield from _html(code, place, value, what)
    for call in calls(code, "write", "writeln"):
        if callee_path(code, call).removeprefix("window.").startswith("document.write"):
            for value in call.arguments:
                yield from _html(code, call.node, value, what)
    for call in calls(code, "insertAdjacentHTML", "createContextualFragment", "setHTMLUnsafe"):
        for value in call.arguments[-1:]:
            yield from _html(code, call.node, value, what)
    for call in calls(code, *_JQUERY, "parseHTML"):
        if _is_jquery(code, call):
            for value in call.arguments[:1]:
                yield from reached(code, RULE, call.node, value, what, clean=FOR_HTML)
    for call in calls(code, *_ANGULAR):
        for value in call.arguments[:1]:
            unknown: tuple[Severity, Confidence] = ("medium", "medium")
            yield from reached(code, RULE, call.node, value, what, clean=FOR_HTML, unknown=unknown)
    for pair, value in code.pairs("__html"):
        yield from _html(code, pair, value, what, plain=("medium", "medium"))
    yield from _answers(code)


def fix(code: ScriptCode, finding: Finding) -> Fix | None:
    """Text in place of HTML, where the script itself writes no tag."""
    for target, value in code.assignments("innerHTML"):
        place = target.parent or target
        name = target.child_by_field_name("property")
        parts = pieces(code, value)
        if code.span(place) != finding.span or name is None:
            continue
        if not any(isinstance(part, str) and ("<" in part or "&" in part) for part in parts):
            return Fix("set it as text", (Edit(code.span(name), "textContent"),))
    return None


def _html(
    code: ScriptCode,
    place: Node,
    value: Node,
    what: str,
    plain: tuple[Severity, Confidence] | None = None,
) -> Iterator[Finding]:
    """A name or a call may stand for HTML that was made with care, a template cannot."""
    is_open = is_built(code, value) and not _only_calls(code, value)
    unknown: tuple[Severity, Confidence] | None = ("medium", "medium") if is_open else plain
    if value.type == "call_expression":
        unknown = None
    elif unknown is None and value.type == "member_expression":
        unknown = ("medium", "low")
    yield from reached(code, RULE, place, value, what, clean=FOR_HTML, unknown=unknown)


def _only_calls(code: ScriptCode, value: Node) -> bool:
    dynamic = [part for part in pieces(code, value) if not isinstance(part, str)]
    known = origins(code)
    open_parts = [part for part in dynamic if known.of(part, FOR_HTML).kind == "unknown"]
    return all(part.type == "call_expression" for part in open_parts)


def _is_jquery(code: ScriptCode, call: Call) -> bool:
    on = call.callee.child_by_field_name("object")
    text = "" if on is None else code.source(on)
    return text.startswith(("$", "jQuery"))


def _answers(code: ScriptCode) -> Iterator[Finding]:
    """What a server sends back of a request."""
    for call in calls(code, "send", "write", "end"):
        path = callee_path(code, call)
        on = call.callee.child_by_field_name("object")
        text = "" if on is None else code.source(on)
        if not call.arguments or not (_RESPONSE.search(path) or _RESPONSE.match(text[:9])):
            continue
        if ".type(" in text or ".json" in text or _is_plain(code, call):
            continue
        value = call.arguments[0]
        origin = origins(code).of(value, FOR_HTML)
        # An object is sent as JSON, and only what is text as HTML.
        if origin.kind != "remote" or value.type in ("object", "array"):
            continue
        if origin.is_whole and not is_built(code, value):
            continue
        if value.type == "call_expression" and code.source(value).startswith("JSON."):
            continue
        yield from reached(code, RULE, call.node, value, "HTML of the answer", clean=FOR_HTML)


def _is_plain(code: ScriptCode, call: Call) -> bool:
    """Whether the function says before that its answer is no HTML."""
    start = code.span(call.node).start
    head = code.text[max(0, start - 400) : start]
    kind = re.findall(r"(?:text/plain|application/json|text/html)", head)
    return bool(kind) and kind[-1] != "text/html"
