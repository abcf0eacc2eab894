"""A request to an address that a client writes

## What it does
Reports requests that a server sends to an address from a request, unless the script writes the host
itself or checks the address before.

## Why is this bad?
The server reaches what the client cannot: the cloud's metadata service, databases, machines behind
the firewall.

## Example
```javascript
const page = await fetch(req.query.url);
```

## Use instead
```javascript
const hosts = new Set(["api.example.com"]);
const url = new URL(req.query.url);
if (!hosts.has(url.hostname)) throw new Error("this host is not allowed");
const page = await fetch(url);
```

## References
- CWE-918: Server-Side Request Forgery
- OWASP: Server Side Request Forgery Prevention Cheat Sheet
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Finding
from analyzers.javascript.origin import origins
from analyzers.javascript.script import Call, ScriptCode
from analyzers.javascript.sinks import callee_path, calls, chosen_start, option, reached
from analyzers.javascript.sources import FOR_URL
from analyzers.rule import Rule

RULE = Rule(
    "js-ssrf",
    cwe=918,
    severity="high",
    confidence="high",
    languages=("javascript", "typescript"),
    words=("fetch", "axios", "request", "got", "http", "needle", "superagent", "goto", "undici"),
)
_CALLS = ("fetch", "axios", "request", "got", "get", "post", "put", "delete", "patch", "head",
          "needle", "ky", "goto", "stream")  # fmt: skip
_CLIENTS = frozenset(
    {"fetch", "axios", "@axios", "@node-fetch", "@cross-fetch", "@isomorphic-fetch", "@got", "got",
     "@request", "@request-promise", "@request-promise-native", "@needle", "needle", "@superagent",
     "superagent", "@http", "http", "@https", "https", "@undici", "@ky", "page", "this.httpService",
     "@follow-redirects", "httpClient"}
)  # fmt: skip


def find(code: ScriptCode) -> Iterator[Finding]:
    """Requests to addresses from outside."""
    for call in calls(code, *_CALLS):
        if call.arguments and _is_client(code, call):
            value = call.arguments[0]
            if value.type == "object":
                value = next(filter(None, (option(code, value, key) for key in _KEYS)), value)
                if value.type == "object":
                    continue
            yield from _address(code, call.node, value)


_KEYS = ("url", "uri", "host", "hostname", "baseURL")


def _is_client(code: ScriptCode, call: Call) -> bool:
    path = callee_path(code, call)
    on, _, name = path.rpartition(".")
    return (
        path in _CLIENTS if not on else (on in _CLIENTS and name == call.name) or path in _CLIENTS
    )


def _address(code: ScriptCode, place: Node, value: Node) -> Iterator[Finding]:
    start = chosen_start(code, value)
    # A page may ask whom it likes: the requests come from its own user.
    if start is not None and origins(code).of(start, FOR_URL).kind == "remote":
        what = "the address of a request"
        yield from reached(code, RULE, place, start, what, clean=FOR_URL)
