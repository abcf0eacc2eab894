"""A service that listens to the whole network

## What it does
Reports servers that are bound to all interfaces, `0.0.0.0`, `::` or an empty host: in `bind`,
`run`, `serve`, `create_server` and as the address of a server. In a comparison, a list of allowed
hosts or a network mask it is silent.

## Why is this bad?
What was meant for the own machine is then open to everyone in the café, and to the internet on a
machine with a public address.

## Example
```python
app.run(host="0.0.0.0")
```

## Use instead
```python
app.run(host="127.0.0.1")
```
In a container, where it must be, take the host from a setting.

## References
- CWE-605: Multiple Binds to the Same Port
- CWE-1327: Binding to an Unrestricted IP Address
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.fixes import debugging
from analyzers.fixes.places import last_name
from analyzers.patterns.calls import keyword, names
from analyzers.patterns.constants import text_of
from analyzers.rule import Rule

RULE = Rule(
    "bind-all-interfaces",
    cwe=605,
    severity="low",
    confidence="low",
    aliases=("B104", "S104"),
    words=("0.0.0.0", "::", "bind"),
)
fix = debugging.local_only
_EVERY = ("0.0.0.0", "::")
_SERVERS = (
    "TCPServer", "HTTPServer", "UDPServer", "ThreadingHTTPServer", "ThreadingTCPServer",
    "SimpleXMLRPCServer", "make_server", "bind",
)  # fmt: skip
_STARTERS = (
    "run", "serve", "listen", "start", "start_server", "create_server", "run_server", "run_app",
    "run_simple", "TCPSite", "launch", *_SERVERS,
)  # fmt: skip


def find(code: Code) -> Iterator[Finding]:
    """Calls that open a port on all interfaces."""
    own = {
        node.name: last_name(base)
        for node in code.tree.body
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if last_name(base) in _SERVERS
    }
    for name, call in names(code):
        last = own.get(name, name.rpartition(".")[2])
        host = _host(code, call, last)
        if host is not None:
            message = "open to the whole network; bind to 127.0.0.1 or take it from a setting"
            yield code.finding(RULE, host, message)


def _host(code: Code, call: ast.Call, last: str) -> ast.expr | None:
    if last not in _STARTERS:
        return None
    for parameter in ("host", "hostname", "address"):
        given = keyword(call, parameter)
        if given is not None and text_of(code, given) in _EVERY:
            return given
    for given in call.args[:3]:
        if isinstance(given, ast.Tuple) and given.elts:
            host = text_of(code, given.elts[0])
            if host in _EVERY or (host == "" and last in _SERVERS):
                return given
        elif last != "bind" and text_of(code, given) in _EVERY:
            return given
    return None
