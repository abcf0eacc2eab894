"""A server that data chooses

## What it does
Reports a request that the program sends to an address whose host comes from a request that it got.
An address that starts with a fixed host is let through. What makes a document of a page
(`pdfkit.from_url`, `page.goto`) asks for it too.

## Why is this bad?
The program asks from inside the network: for the cloud's metadata, for services without a login.

## Example
```python
requests.get(request.args["url"])
```

## Use instead
```python
if urlparse(url).hostname not in ALLOWED_HOSTS:
    abort(400)
requests.get(url)
```

## References
- CWE-918: Server-Side Request Forgery
- OWASP Server-Side Request Forgery Prevention Cheat Sheet
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Finding
from analyzers.flow.called import calls_of
from analyzers.flow.sinks import Judgement, Sink, findings, hits
from analyzers.rule import Rule

RULE = Rule(
    "ssrf",
    cwe=918,
    severity="high",
    confidence="high",
    words=(
        "requests",
        "http",
        "urlopen",
        "urllib",
        "urlretrieve",
        "session",
        "setopt",
        "socket",
        "wget",
        "feedparser",
        "read_html",
        "from_url",
        "fetch_url",
        "newspaper",
        "goto",
        "weasyprint",
    ),
)
_VERBS = ("get", "post", "put", "delete", "patch", "head", "options")
_SINKS = (
    Sink(
        (
            *(f"{library}.{verb}" for library in ("requests", "httpx") for verb in _VERBS),
            "urllib.request.urlopen", "urllib.request.Request", "urllib.request.urlretrieve",
            "urllib2.urlopen", "urllib.urlopen", "http.client.HTTPConnection",
            "http.client.HTTPSConnection", "socket.create_connection",
            "pycurl.Curl.setopt", "wget.download", "feedparser.parse", "pandas.read_html",
            "tornado.httpclient.HTTPRequest", "pdfkit.from_url", "imgkit.from_url",
            "requests_html.HTMLSession.get", "trafilatura.fetch_url", "newspaper.Article",
        ),
        keywords=("url", "uri"),
    ),
    # A browser that makes a picture or a document of a page.
    Sink((".goto",), keywords=("url",)),
    Sink(("weasyprint.HTML",), (), ("url",)),
    Sink(
        ("requests.request", "httpx.request", "httpx.stream", "aiohttp.request", "urllib3.request"),
        (1,),
        ("url",),
    ),
)  # fmt: skip
_LIBRARIES = ("requests", "httpx", "aiohttp")
CALLS = calls_of(*_SINKS, [f"{library}.{verb}" for library in _LIBRARIES for verb in _VERBS])
# Their sessions; the word before says what it is called on.
_SESSION = re.compile(
    r"(^|\.)(requests\.(sessions\.)?[Ss]ession|httpx\.(Async)?Client|aiohttp\.ClientSession|"
    r"urllib3\.(poolmanager\.)?PoolManager|tornado\.httpclient\.(Async)?HTTPClient)$"
)
_FIXED_HOST = re.compile(r"[a-z][a-z0-9+.-]*://[^/\0?#\\]+[/?#]", re.IGNORECASE)
_JUDGEMENT = Judgement("ssrf", local=None)
_MESSAGE = "{source} decides over the host that this asks; check it against the hosts you know"


def find(code: Code) -> Iterator[Finding]:
    """Requests whose host is data."""
    of_sessions = (
        Sink((*(f".{verb}" for verb in _VERBS), ".fetch"), keywords=("url", "request")),
        Sink((".request", ".stream", ".urlopen"), (1,), ("url",)),
    )
    found = list(hits(code, _SINKS, _JUDGEMENT))
    found += [
        hit
        for hit in hits(code, of_sessions, _JUDGEMENT)
        if hit.event.receiver is not None and _SESSION.search(hit.event.receiver.kind)
    ]
    free = [hit for hit in found if not _FIXED_HOST.match(hit.value.text)]
    yield from findings(code, RULE, free, _MESSAGE)
