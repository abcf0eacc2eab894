"""LDAP filters with escaped values."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import bindings, last_name, marked, scope
from analyzers.fixes.templates import is_string, template
from analyzers.fixes.wrapping import wrapped
from analyzers.fixes.writing import fix


def escaped_filter(code: Code, finding: Finding) -> Fix | None:
    """`escape_filter_chars` around the values of a filter."""
    node = marked(code, finding, ast.expr, lambda it: _is_filter(code, it))
    if node is None:
        node = _filter_of_name(code, finding)
    made = template(code, node) if node is not None else None
    if node is None or made is None:
        return None
    roots = {meaning.partition(".")[0] for meaning in code.imports.values()}
    module = "ldap.filter" if "ldap" in roots and "ldap3" not in roots else "ldap3.utils.conv"
    reached = reach(code, node, module, "escape_filter_chars")
    holes = [
        hole
        for hole in made.holes
        if not (isinstance(hole.value, ast.Call) and "escape" in last_name(hole.value.func))
    ]
    edits = wrapped(code, holes, f"{reached.text}({{}})") if reached is not None else None
    if not edits or reached is None:
        return None
    return fix("escape the values of the filter", *reached.edits, *edits)


def _is_filter(code: Code, node: ast.expr) -> bool:
    if not is_string(node) or isinstance(code.parent(node), ast.BinOp | ast.JoinedStr):
        return False
    made = template(code, node)
    return made is not None and bool(made.holes) and made.constant.lstrip().startswith("(")


def _filter_of_name(code: Code, finding: Finding) -> ast.expr | None:
    def value(used: ast.Name) -> ast.expr | None:
        assigned = bindings(code, scope(code, used), used.id) or []
        found = [node.value for node in assigned if isinstance(node, ast.Assign)]
        return found[0] if len(found) == 1 and _is_filter(code, found[0]) else None

    used = marked(code, finding, ast.Name, lambda it: value(it) is not None)
    return value(used) if used is not None else None
