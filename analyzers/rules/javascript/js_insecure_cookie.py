"""A session cookie that scripts or the network can read

## What it does
Reports cookies whose names speak of sessions, tokens or logins and that are set without `httpOnly`
or `secure`, and options that turn either off.

## Why is this bad?
Without `httpOnly` one script in the page takes the session away; without `secure` anybody on the
network who makes the browser ask without TLS.

## Example
```javascript
res.cookie("session", id);
```

## Use instead
```javascript
res.cookie("session", id, { httpOnly: true, secure: true, sameSite: "lax" });
```

## References
- CWE-614: Sensitive Cookie in HTTPS Session Without 'Secure' Attribute
- CWE-1004: Sensitive Cookie Without 'HttpOnly' Flag
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from analyzers.finding import Edit, Finding, Fix
from analyzers.javascript.built import constant
from analyzers.javascript.script import Call, ScriptCode
from analyzers.javascript.sinks import calls, has_spread, literal_object, option
from analyzers.rule import Rule

RULE = Rule(
    "js-insecure-cookie",
    cwe=614,
    severity="medium",
    confidence="medium",
    languages=("javascript", "typescript"),
    words=("cookie", "session"),
)
_SECRET = re.compile(r"sess|token|auth|jwt|^sid$|login|remember|csrf", re.IGNORECASE)
_FLAGS = {"httpOnly": 1004, "secure": 614}


def find(code: ScriptCode) -> Iterator[Finding]:
    """Cookies without a flag."""
    for call in calls(code, "cookie", "setCookie"):
        yield from _set(code, call)
    for call in calls(code, "session", "cookieSession"):
        cookie = option(code, call.arguments[0] if call.arguments else None, "cookie")
        for flag, cwe in _FLAGS.items():
            value = option(code, cookie, flag)
            if value is not None and code.source(value) == "false":
                place = value.parent or value
                yield code.finding(RULE, place, f"the session's cookie is not {flag}", cwe=cwe)


def fix(code: ScriptCode, finding: Finding) -> Fix | None:
    """The flag turned on."""
    for flag in _FLAGS:
        for pair, value in code.pairs(flag):
            span = code.span(pair)
            inside = finding.span.start <= span.start and span.end <= finding.span.end
            if inside and code.source(value) == "false" and flag in finding.message:
                return Fix(f"set {flag}", (Edit(code.span(value), "true"),))
    return None


def _set(code: ScriptCode, call: Call) -> Iterator[Finding]:
    on = call.callee.child_by_field_name("object")
    name = constant(code, call.arguments[0]) if len(call.arguments) > 1 else None
    if on is None or name is None or not _SECRET.search(name) or code.is_open(call.node):
        return
    options = call.arguments[2] if len(call.arguments) > 2 else None
    found = literal_object(code, options)
    if options is not None and (found is None or has_spread(found)):
        return
    missing = [flag for flag in _FLAGS if not _is_on(code, found, flag)]
    if missing:
        message = f"the cookie {name} is not {' and not '.join(missing)}"
        yield code.finding(RULE, call.node, message, cwe=_FLAGS[missing[0]])


def _is_on(code: ScriptCode, options: Node | None, flag: str) -> bool:
    """Whether the flag is there and not turned off; `secure: isProduction` is there."""
    value = option(code, options, flag)
    if value is None:
        names = [] if options is None else options.named_children
        return any(code.source(name) == flag for name in names)
    return code.source(value) != "false"
