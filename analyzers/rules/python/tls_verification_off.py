"""A certificate that nobody checks

## What it does
Reports TLS connections that accept any certificate: `verify=False` for requests and httpx,
`ssl=False` for aiohttp, `CERT_NONE`, `check_hostname = False`, contexts made unverified, and the
switches of urllib3, pycurl, ldap, elasticsearch and MongoDB that say the same.

## Why is this bad?
Who stands between, in the same café or at a provider, shows a certificate of their own and reads
and changes everything, passwords included.

## Example
```python
requests.get(url, verify=False)
```

## Use instead
```python
requests.get(url)
```
With an authority of one's own: `requests.get(url, verify="/etc/ssl/our-ca.pem")`.

## References
- CWE-295: Improper Certificate Validation
- requests documentation: SSL Cert Verification
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Confidence, Finding
from analyzers.fixes import certificates
from analyzers.patterns.calls import argument, keyword, names
from analyzers.patterns.constants import bound_to, text_of, value_of
from analyzers.patterns.defaults import default_of
from analyzers.patterns.options import in_options
from analyzers.rule import Rule

RULE = Rule(
    "tls-verification-off",
    cwe=295,
    severity="high",
    confidence="high",
    aliases=("B323", "B501", "S323", "S501"),
    words=(
        "verify", "cert_none", "check_hostname", "unverified", "ssl", "validate_cert",
        "opt_x_tls", "allowinvalid", "tlsinsecure",
    ),
)  # fmt: skip
fix = certificates.verified
_VERBS = {"get", "post", "put", "patch", "delete", "head", "options", "request", "stream", "send"}
_CLIENTS = {"Client", "AsyncClient", "Session", "HTTPTransport", "AsyncHTTPTransport", "ws_connect"}
_OFF_WHEN_FALSE = ("verify_ssl", "ssl_verify", "verify_certs", "validate_certs", "validate_cert")
_OFF_WHEN_TRUE = ("tlsAllowInvalidCertificates", "tlsAllowInvalidHostnames", "tlsInsecure")
# What is assigned is less sure than what is given to a call.
_KEYWORDS = ("verify", "ssl", "cert_reqs", *_OFF_WHEN_FALSE, *_OFF_WHEN_TRUE)
SURE = re.compile(rf"[(,]\s*(?:{'|'.join(_KEYWORDS)})\s*=(?!=)|\bset(?:opt|_option)\b")
_LOCAL = ("https://localhost", "https://127.0.0.1", "https://[::1]")
_MESSAGE = "any certificate is accepted here, so anyone in between can read and change it"


def find(code: Code) -> Iterator[Finding]:
    """Calls and assignments that switch the check off."""
    for name, call in names(code):
        yield from _in_call(code, name, call)
    for call in _chained(code):
        if _switch(code, call, call.func.attr) is not None:  # type: ignore[attr-defined]
            yield code.finding(RULE, call, _MESSAGE)
    for node in code.nodes(ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Attribute) and _is_off(code, target, node.value):
                yield code.finding(RULE, node, _MESSAGE, confidence="medium")


def _in_call(code: Code, name: str, call: ast.Call) -> Iterator[Finding]:
    last = name.rpartition(".")[2]
    if name == "ssl._create_unverified_context":
        yield code.finding(RULE, call, _MESSAGE, confidence="medium")
    elif last in ("setopt", "set_option") and len(call.args) > 1:
        option = code.name(call.args[0]) or ""
        value = call.args[1]
        never = (code.name(value) or "").endswith("OPT_X_TLS_NEVER")
        off = option.endswith(("SSL_VERIFYPEER", "SSL_VERIFYHOST")) and not value_of(code, value)
        if never or off:
            yield code.finding(RULE, call, _MESSAGE)
    else:
        confidence = _switch(code, call, last)
        if confidence is not None and not _is_token(name):
            yield code.finding(RULE, call, _MESSAGE, confidence=confidence)


def _switch(code: Code, call: ast.Call, last: str) -> Confidence | None:
    """How sure it is that an argument of this call switches the check off."""
    sure: Confidence = "medium" if _is_local(code, call) else "high"
    if _is_false(code, call, "verify"):
        # Others have a parameter of this name that means something else.
        return sure if last in _VERBS | _CLIENTS else None
    if last in _VERBS | {"TCPConnector", "ws_connect"} and _is_false(code, call, "ssl"):
        return sure
    if any(_is_false(code, call, name) for name in _OFF_WHEN_FALSE):
        return sure
    if any(value_of(code, keyword(call, name)) is True for name in _OFF_WHEN_TRUE):
        return sure
    required = keyword(call, "cert_reqs")
    if required is not None and _is_none_required(code, required):
        return sure
    if last in _VERBS | _CLIENTS and _is_off_by_default(code, keyword(call, "verify")):
        return "medium"
    return None


def _is_off_by_default(code: Code, given: ast.expr | None) -> bool:
    """Whether a caller has to ask for the check."""
    default = None if given is None else default_of(code, given)
    return isinstance(default, ast.Constant) and default.value is False


def _is_false(code: Code, call: ast.Call, name: str) -> bool:
    given = keyword(call, name) or in_options(code, call, name)
    return given is not None and value_of(code, given) is False


def _is_none_required(code: Code, node: ast.expr) -> bool:
    return (code.name(node) or text_of(code, node) or "").endswith("CERT_NONE")


def _is_off(code: Code, target: ast.Attribute, value: ast.expr) -> bool:
    if isinstance(target.value, ast.Name) and target.value.id == "self" and target.attr != "verify":
        return False  # What a class says of itself, when it is made say.
    if target.attr == "verify_mode":
        return _is_none_required(code, value) and not _is_server(code, target.value)
    if target.attr == "check_hostname":
        return value_of(code, value) is False and not _is_server(code, target.value)
    if target.attr == "_create_default_https_context":
        return (code.name(value) or "").endswith("_create_unverified_context")
    return target.attr == "verify" and value_of(code, value) is False


def _is_server(code: Code, node: ast.expr) -> bool:
    """Whether a context is for the side that has no server to check."""
    made = bound_to(code, node) if isinstance(node, ast.Name) else None
    return any(
        (code.name(given) or "").endswith(("CLIENT_AUTH", "PROTOCOL_TLS_SERVER"))
        for call in made or ()
        if isinstance(call, ast.Call)
        for given in (*call.args, *(each.value for each in call.keywords))
    )


def _is_local(code: Code, call: ast.Call) -> bool:
    url = text_of(code, argument(call, 0, "url"))
    return url is not None and url.startswith(_LOCAL)


def _is_token(name: str) -> bool:
    return "jwt" in name.lower()


def _chained(code: Code) -> Iterator[ast.Call]:
    """Requests on what has no name, as in `requests.Session().get(url, verify=False)`."""
    for call in code.nodes(ast.Call):
        if isinstance(call.func, ast.Attribute) and code.name(call.func) is None:
            yield call
