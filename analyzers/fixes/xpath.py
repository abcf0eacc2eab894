"""XPath expressions get variables."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.literals import Char
from analyzers.fixes.parts import Hole, Template
from analyzers.fixes.places import argument, bindings, keyword, last_name, loads, marked, scope
from analyzers.fixes.rewriting import Replacement, rewritten
from analyzers.fixes.sql_drivers import names
from analyzers.fixes.templates import template
from analyzers.fixes.writing import fix, with_keywords

_OWN_NAMES = frozenset(("namespaces", "extensions", "smart_strings", "_path"))
# By what is called: where the expression stands.
_SINKS = {"xpath": 0, "XPath": 0, "ETXPath": 0, "select": 1, "iter_select": 1}


def with_variables(code: Code, finding: Finding) -> Fix | None:
    """`$name` in the expression, and its value as an argument of what runs it."""
    call = marked(code, finding, ast.Call, lambda it: _expression(code, it) is not None)
    running = _running(code, call) if call is not None else None
    if call is None or running is None or code.is_open(running):
        return None
    written = _expression(code, call)
    if isinstance(written, ast.Name):
        assigned = bindings(code, scope(code, call), written.id) or []
        values = [node.value for node in assigned if isinstance(node, ast.Assign)]
        written = values[0] if len(assigned) == 1 == len(values) else None
    made = template(code, written) if written is not None else None
    places = _places(made) if made is not None else None
    if made is None or not places:
        return None
    own = names([value for _, _, value in places])
    replacements = [
        Replacement(start, end, f"${name}")
        for (start, end, _), name in zip(places, own, strict=True)
    ]
    edits = rewritten(code, made, replacements, {})
    added = _given(code, call, running, own, [value for _, _, value in places])
    if edits is None or added is None:
        return None
    return fix("hand the values over as variables", *edits, added)


def _expression(code: Code, call: ast.Call) -> ast.expr | None:
    name = last_name(call.func)
    if name not in _SINKS or (name.endswith("select") and not _is_of_elementpath(code, call)):
        return None
    return argument(call, _SINKS[name], "path")


def _is_of_elementpath(code: Code, call: ast.Call) -> bool:
    return (code.name(call.func) or "").startswith("elementpath.")


def _running(code: Code, call: ast.Call) -> ast.Call | None:
    """The call that runs the expression: this one, or that of what it makes."""
    if not last_name(call.func).endswith("XPath"):
        return call
    above = code.parent(call)
    if isinstance(above, ast.Call) and above.func is call:
        return above
    target = above.targets[0] if isinstance(above, ast.Assign) else None
    if not isinstance(target, ast.Name):
        return None
    used = [code.parent(load) for load in loads(scope(code, call), target.id)]
    return used[0] if len(used) == 1 and isinstance(used[0], ast.Call) else None


def _given(
    code: Code, call: ast.Call, running: ast.Call, own: Sequence[str], values: Sequence[str]
) -> Edit | None:
    """The argument or arguments with the values."""
    if _is_of_elementpath(code, call):
        if keyword(call, "variables") is not None:
            return None
        pairs = (f'"{name}": {value}' for name, value in zip(own, values, strict=True))
        return with_keywords(code, call, f"variables={{{', '.join(pairs)}}}")
    if (_OWN_NAMES | {item.arg for item in running.keywords}) & set(own):
        return None
    pairs = (f"{name}={value}" for name, value in zip(own, values, strict=True))
    return with_keywords(code, running, *pairs)


def _places(made: Template) -> list[tuple[int, int, str]] | None:
    """The values of an XPath expression with the quotes around them."""
    found: list[tuple[int, int, str]] = []
    parts = made.parts
    at = 0
    while at < len(parts):
        part = parts[at]
        if isinstance(part, Hole):
            before = "".join(p.char for p in parts[:at] if isinstance(p, Char)).rstrip()
            if not before.endswith(("=", "<", ">", ",")) or part.spec not in ("", "!s", "!r", "d"):
                return None
            found.append((at, at + 1, part.text))
            at += 1
            continue
        if part.char not in "'\"":
            at += 1
            continue
        end = next(
            (
                i
                for i in range(at + 1, len(parts))
                if isinstance(p := parts[i], Char) and p.char == part.char
            ),
            None,
        )
        if end is None:
            return None
        inner = parts[at + 1 : end]
        first = inner[0] if inner else None
        if any(isinstance(p, Hole) for p in inner):
            if len(inner) != 1 or not isinstance(first, Hole) or first.spec not in ("", "!s"):
                return None
            found.append((at, end + 1, first.text))
        at = end + 1
    return found
