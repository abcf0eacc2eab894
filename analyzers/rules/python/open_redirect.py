"""A redirect to where data says

## What it does
Reports a redirect whose target comes from a request. A target that starts with the program's own
path or host is let through, and so is one whose host was checked.

## Why is this bad?
A link to the trusted site leads to another one, which asks for the password again.

## Example
```python
return redirect(request.args["next"])
```

## Use instead
```python
target = request.args["next"]
if urlparse(target).netloc not in ("", "example.org"):
    abort(400)
return redirect(target)
```

## References
- CWE-601: URL Redirection to Untrusted Site
- OWASP Unvalidated Redirects and Forwards Cheat Sheet
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import redirects
from analyzers.flow.analysis import analysis
from analyzers.flow.events import Event
from analyzers.flow.sinks import Hit, Judgement, Sink, findings, hits, judged
from analyzers.rule import Rule

RULE = Rule(
    "open-redirect",
    cwe=601,
    severity="medium",
    confidence="high",
    words=("redirect", "location", "found", "seeother", "moved"),
)
fix = redirects.relative_only
_SINKS = (
    Sink(
        (
            "flask.redirect", "redirect", "werkzeug.utils.redirect", "quart.redirect",
            "django.shortcuts.redirect", "django.http.HttpResponseRedirect",
            "django.http.HttpResponsePermanentRedirect", "HttpResponseRedirect",
            "fastapi.responses.RedirectResponse", "starlette.responses.RedirectResponse",
            "RedirectResponse", "aiohttp.web.HTTPFound", "aiohttp.web.HTTPSeeOther",
            "pyramid.httpexceptions.HTTPFound", "bottle.redirect", "sanic.response.redirect",
            "aiohttp.web.HTTPMovedPermanently", "aiohttp.web.HTTPTemporaryRedirect",
            "cherrypy.HTTPRedirect", "web.seeother", "falcon.HTTPFound", "HTTPFound",
        ),
        keywords=("location", "url", "to", "redirect_to"),
    ),
)  # fmt: skip
_OF_HANDLERS = (Sink((".redirect",), keywords=("url",)),)
_FIXED = re.compile(
    r"[a-z][a-z0-9+.-]*://[^/\0?#\\]+[/?#]|/[^/\\\0]|/$|[?#]|[^/\0:]+/", re.IGNORECASE
)
_JUDGEMENT = Judgement("redirect", local=None)
_MESSAGE = "{source} decides where this redirects to; check its host"


def find(code: Code) -> Iterator[Finding]:
    """Redirects to where data says."""
    found = list(hits(code, _SINKS, _JUDGEMENT))
    found += [
        hit
        for hit in hits(code, _OF_HANDLERS, _JUDGEMENT)
        if hit.event.receiver is not None
        and (hit.event.receiver.kind == "response" or _is_of_handler(code, hit.event))
    ]
    found += _headers(code)
    free = [hit for hit in found if not _FIXED.match(hit.value.text)]
    yield from findings(code, RULE, free, _MESSAGE)


def _is_of_handler(code: Code, event: Event) -> bool:
    """`self.redirect(...)` of Tornado."""
    return (
        isinstance(event.node, ast.Call)
        and isinstance(event.node.func, ast.Attribute)
        and isinstance(event.node.func.value, ast.Name)
        and event.node.func.value.id == "self"
        and any(name.startswith("tornado") for name in code.imports.values())
    )


def _headers(code: Code) -> Iterator[Hit]:
    """`response.headers["Location"] = ...` and `self.send_header("Location", ...)`."""
    events: list[Event] = list(analysis(code).of("store"))
    events += analysis(code).calls(("send_header", "set_header"))
    for event in events:
        if len(event.arguments) < 2:
            continue
        name = event.arguments[0]
        if name.is_constant and str(name.constant).lower() == "location":
            hit = judged(event, event.arguments[1], _JUDGEMENT)
            if hit is not None:
                yield hit
