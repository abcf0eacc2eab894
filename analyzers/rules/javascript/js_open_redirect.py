"""A redirect that leads where a client says

## What it does
Reports redirects, and changes of a page's address, whose target comes from a request or from the
page's own address, unless the script writes the host or the beginning of the path itself.

## Why is this bad?
A link to a site that people trust takes them to one that looks alike and asks for their password.
In a page, the address `javascript:...` runs as a script.

## Example
```javascript
res.redirect(req.query.next);
```

## Use instead
```javascript
const pages = ["/home", "/profile"];
res.redirect(pages.includes(req.query.next) ? req.query.next : "/home");
```

## References
- CWE-601: URL Redirection to Untrusted Site
- OWASP: Unvalidated Redirects and Forwards Cheat Sheet
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.built import constant
from analyzers.javascript.origin import origins
from analyzers.javascript.script import ScriptCode
from analyzers.javascript.sinks import callee_path, calls, chosen_start, reached
from analyzers.javascript.sources import FOR_URL
from analyzers.rule import Rule

RULE = Rule(
    "js-open-redirect",
    cwe=601,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("redirect", "location"),
)
_ANSWERS = ("res", "reply", "ctx", "NextResponse", "Response", "this.res", "c.", "h.")
_OWN_PAGE = (".pathname", ".origin", ".href", ".host")


def find(code: ScriptCode) -> Iterator[Finding]:
    """Targets from outside."""
    for call in calls(code, "redirect", "permanentRedirect"):
        on = call.callee.child_by_field_name("object")
        if call.arguments and (on is None or code.source(on).startswith(_ANSWERS)):
            yield from _target(code, call.node, _address(code, list(call.arguments)))
    for call in calls(code, "location", "setHeader", "set", "header", "writeHead"):
        if (
            len(call.arguments) > 1
            and (constant(code, call.arguments[0]) or "").lower() == "location"
        ):
            yield from _target(code, call.node, call.arguments[1])
    for call in calls(code, "assign", "replace", "open"):
        if callee_path(code, call).removeprefix("window.") in (
            "location.assign", "location.replace", "document.location.assign",
            "document.location.replace",
        ) and call.arguments:  # fmt: skip
            yield from _target(code, call.node, call.arguments[0])
    for target, value in code.assignments("href", "location"):
        path = origins(code).paths.of(target) or ""
        if path.removeprefix("window.").removeprefix("document.") in ("location", "location.href"):
            yield from _target(code, target.parent or target, value)


def _address(code: ScriptCode, arguments: list[Node]) -> Node:
    """`redirect(302, url)` and `redirect(url, 302)` both exist."""
    return arguments[1] if len(arguments) > 1 and arguments[0].type == "number" else arguments[0]


def _target(code: ScriptCode, place: Node, value: Node) -> Iterator[Finding]:
    start = chosen_start(code, value)
    if start is None:
        return
    origin = origins(code).of(start, FOR_URL)
    if (
        origin.kind == "page"
        and origin.source is not None
        and code.source(origin.source).endswith(_OWN_PAGE)
    ):
        return
    yield from reached(code, RULE, place, start, "the target of a redirect", clean=FOR_URL)
