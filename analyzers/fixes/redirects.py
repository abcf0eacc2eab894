"""Redirects lead to this site only."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import argument, last_name, marked, scope, statement
from analyzers.fixes.writing import fix, indentation, is_placed, lines_before, replaced, source

_REDIRECTS = ("redirect", "HttpResponseRedirect", "RedirectResponse", "HTTPFound")


def relative_only(code: Code, finding: Finding) -> Fix | None:
    """An address that names a host, or what a browser takes for one, becomes "/"."""
    call = marked(code, finding, ast.Call, lambda it: _target(it) is not None)
    target = _target(call) if call is not None else None
    if call is None or target is None or not is_placed(code, target):
        return None
    at = statement(code, call)
    margin = indentation(code, at)
    parse = reach(code, at, "urllib.parse", "urlsplit")
    if margin is None or parse is None or isinstance(at, ast.While):
        return None
    name = target.id if isinstance(target, ast.Name) else _free(code, at)
    if name is None:
        return None
    lines = [] if isinstance(target, ast.Name) else [f"{name} = {source(code, target)}"]
    step = "\t" if margin.startswith("\t") else "    "
    # A browser reads a backslash as a slash, and "//host" as a host.
    split = f"{parse.text}({name})"
    lines += [
        f'{name} = ({name} or "/").replace("\\\\", "/")',
        f'if {split}.scheme != "" or {split}.netloc != "" or {name}.startswith("//"):',
        f'{step}{name} = "/"',
    ]
    above = lines_before(code, at, *lines)
    if above is None:
        return None
    edits = [] if isinstance(target, ast.Name) else [replaced(code, target, name)]
    return fix("lead to this site only", *parse.edits, above, *edits)


def _target(node: ast.Call) -> ast.expr | None:
    if last_name(node.func) not in _REDIRECTS:
        return None
    names = ("location", "to", "url", "redirect_to")
    given = next((g for name in names if (g := argument(node, 0, name)) is not None), None)
    return None if isinstance(given, ast.Constant | ast.Starred) else given


def _free(code: Code, at: ast.stmt) -> str | None:
    taken = {node.id for node in ast.walk(scope(code, at)) if isinstance(node, ast.Name)}
    return next((name for name in ("target", "location", "next_url") if name not in taken), None)
