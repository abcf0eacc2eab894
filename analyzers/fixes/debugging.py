"""What is meant for the developer's own machine is off."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.places import keyword, last_name, marked
from analyzers.fixes.writing import fix, is_placed, replaced
from analyzers.patterns.options import in_options


def off(code: Code, finding: Finding) -> Fix | None:
    """`debug=False`, `DEBUG = False`, `app.debug = False`."""
    node = marked(code, finding, ast.Call, lambda it: _given(it) is not None)
    given = _given(node) if node is not None else None
    if given is not None:
        return fix("turn debugging off", replaced(code, given.value, "False"))
    node = marked(code, finding, ast.Call, lambda it: _option(code, it) is not None)
    option = _option(code, node) if node is not None else None
    if option is not None and is_placed(code, option):
        return fix("turn debugging off", replaced(code, option, "False"))
    assigned = marked(code, finding, ast.Assign, _turns_on)
    if assigned is None:
        return None
    return fix("turn debugging off", replaced(code, assigned.value, "False"))


def local_only(code: Code, finding: Finding) -> Fix | None:
    """The loopback address in place of every address."""
    node = marked(code, finding, ast.Constant, lambda it: it.value in ("0.0.0.0", "::", "", "[::]"))
    if node is None or isinstance(code.parent(node), ast.JoinedStr):
        return None
    local = "::1" if node.value == "::" else "[::1]" if node.value == "[::]" else "127.0.0.1"
    quote = "'" if code.source(node).startswith("'") else '"'
    return fix("listen on this machine only", replaced(code, node, f"{quote}{local}{quote}"))


def _given(node: ast.Call) -> ast.keyword | None:
    for name in ("debug", "use_debugger", "use_evalex", "DEBUG"):
        given = keyword(node, name)
        if (
            given is not None
            and isinstance(given.value, ast.Constant)
            and given.value.value is True
        ):
            return given
    return None


def _option(code: Code, node: ast.Call) -> ast.expr | None:
    """`True` of the dictionary that `**` hands over."""
    found = in_options(code, node, "debug")
    return found if isinstance(found, ast.Constant) and found.value is True else None


def _turns_on(node: ast.Assign) -> bool:
    target = node.targets[0]
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        name = str(target.slice.value)
    else:
        name = last_name(target)
    is_on = isinstance(node.value, ast.Constant) and node.value.value is True
    return is_on and "debug" in name.lower()
