"""A cookie that goes out unprotected

## What it does
Reports cookies without `secure`, and those of sessions without `httponly`: in `set_cookie` of
Flask, Django, Starlette and their kin, and in the settings of Flask's and Django's sessions.

## Why is this bad?
Without `secure` the browser sends the cookie over plain HTTP too, where anybody on the way reads
it. Without `httponly` every script on the page can.

## Example
```python
response.set_cookie("session", value)
```

## Use instead
```python
response.set_cookie("session", value, secure=True, httponly=True, samesite="Lax")
```

## References
- CWE-614: Sensitive Cookie in HTTPS Session Without 'Secure' Attribute
- CWE-1004: Sensitive Cookie Without 'HttpOnly' Flag
- RFC 6265, section 4.1.2
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from analyzers.code import Code
from analyzers.finding import Confidence, Finding
from analyzers.fixes import cookies
from analyzers.patterns.calls import argument, keyword, may_have_more, methods
from analyzers.patterns.constants import text_of, value_of
from analyzers.patterns.names import words_of
from analyzers.rule import Rule

RULE = Rule(
    "insecure-cookie",
    cwe=614,
    severity="medium",
    confidence="medium",
    words=("cookie",),
)
fix = cookies.guarded
_SENSITIVE = {"session", "sessionid", "sid", "token", "auth", "jwt", "access", "refresh", "login"}
_SENSITIVE |= {"remember", "user", "csrf"}
_SETTINGS = {
    "SESSION_COOKIE_SECURE": 614, "CSRF_COOKIE_SECURE": 614, "REMEMBER_COOKIE_SECURE": 614,
    "JWT_COOKIE_SECURE": 614, "SESSION_COOKIE_HTTPONLY": 1004, "REMEMBER_COOKIE_HTTPONLY": 1004,
}  # fmt: skip
_PLAIN = "sent over plain HTTP too; say secure=True"


def find(code: Code) -> Iterator[Finding]:
    """Cookies and settings of cookies."""
    for call in methods(code, "set_cookie", "set_signed_cookie"):
        # With one argument it is a jar of cookies, that of a client.
        n_given = len(call.args) + len(call.keywords)
        if n_given > 1 and not _is_of_client(call) and not _deletes(code, call):
            yield from _cookie(code, call)
    for node in code.nodes(ast.Assign):
        if value_of(code, node.value) is False:
            for name in (_setting(code, target) for target in node.targets):
                yield from _set(code, node, name)
    for call in methods(code, "update", "from_mapping"):
        for given in call.keywords:
            if value_of(code, given.value) is False:
                yield from _set(code, given.value, given.arg)


def _cookie(code: Code, call: ast.Call) -> Iterator[Finding]:
    secure = keyword(call, "secure")
    # Django and Flask: key, value, max_age, expires, path, domain, secure, httponly.
    if secure is None and len(call.args) > 6:
        secure = call.args[6]
    off = secure is not None and value_of(code, secure) in (False, None)
    if off or (secure is None and not may_have_more(code, call)):
        sure: Confidence = "high" if off else "medium"
        yield code.finding(RULE, call, f"this cookie is {_PLAIN}", confidence=sure)
        return
    readable = keyword(call, "httponly")
    name = text_of(code, argument(call, 0, "key")) or ""
    off = readable is not None and value_of(code, readable) is False
    missing = readable is None and len(call.args) < 8 and not may_have_more(code, call)
    if (off or missing) and set(words_of(name)) & _SENSITIVE - {"csrf"}:
        message = "scripts can read this cookie; say httponly=True"
        yield code.finding(RULE, call, message, cwe=1004, severity="low")


def _set(code: Code, node: ast.AST, name: str | None) -> Iterator[Finding]:
    cwe = _SETTINGS.get(name or "")
    if cwe is not None:
        yield code.finding(RULE, node, f"{name} is off: the cookie is unprotected", cwe=cwe)


def _setting(code: Code, target: ast.expr) -> str | None:
    if isinstance(target, ast.Subscript):
        key = text_of(code, target.slice)
        # http.cookies: cookie["name"]["secure"] = False
        nested = isinstance(target.value, ast.Subscript) and "cookie" in code.source(target).lower()
        return "SESSION_COOKIE_SECURE" if key == "secure" and nested else key
    return target.id if isinstance(target, ast.Name) else None


def _is_of_client(call: ast.Call) -> bool:
    """A client's jar, in a test say, holds what the server has decided on."""
    above = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = above.attr if isinstance(above, ast.Attribute) else getattr(above, "id", "")
    return bool({"client", "jar", "cookies"} & set(words_of(name)))


def _deletes(code: Code, call: ast.Call) -> bool:
    ages = [value_of(code, keyword(call, name)) for name in ("max_age", "expires")]
    return 0 in [age for age in ages if age is not False] or (
        text_of(code, argument(call, 1, "value")) == ""
    )
