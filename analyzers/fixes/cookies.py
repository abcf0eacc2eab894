"""Cookies that scripts and plain connections cannot read."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.places import keyword, last_name, marked
from analyzers.fixes.writing import fix, replaced, with_keywords

_FLAGS = {"secure": "True", "httponly": "True", "samesite": '"Lax"'}
_SETTINGS = ("COOKIE_SECURE", "COOKIE_HTTPONLY")


def guarded(code: Code, finding: Finding) -> Fix | None:
    """`secure`, `httponly` and `samesite`, where they are missing or off."""
    node = marked(code, finding, ast.Call, lambda it: last_name(it.func) == "set_cookie")
    if node is None:
        return _setting(code, finding)
    if any(item.arg is None for item in node.keywords):
        return None
    edits: list[Edit] = []
    missing: list[str] = []
    for name, value in _FLAGS.items():
        given = keyword(node, name)
        if given is None:
            missing.append(f"{name}={value}")
        elif isinstance(given.value, ast.Constant) and given.value.value in (False, None):
            edits.append(replaced(code, given.value, value))
    if missing:
        added = with_keywords(code, node, *missing)
        if added is None:
            return None
        edits.append(added)
    return fix("keep the cookie from scripts and plain connections", *edits) if edits else None


def _setting(code: Code, finding: Finding) -> Fix | None:
    """`SESSION_COOKIE_SECURE = False` of Django and Flask."""
    node = marked(code, finding, ast.Assign, _is_setting)
    if node is not None:
        return fix("turn the cookie's guard on", replaced(code, node.value, "True"))
    return None


def _is_setting(node: ast.Assign) -> bool:
    target = node.targets[0]
    name = last_name(target)
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        name = str(target.slice.value)
    is_off = isinstance(node.value, ast.Constant) and node.value.value is False
    return is_off and name.endswith(_SETTINGS)
