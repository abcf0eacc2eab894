"""What goes into a log stays one entry."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.lines import on_one_line
from analyzers.fixes.places import marked
from analyzers.fixes.writing import fix


def one_line(code: Code, finding: Finding) -> Fix | None:
    """The values with a space for each line end."""
    call = marked(
        code, finding, ast.Call, lambda it: isinstance(it.func, ast.Attribute) and bool(it.args)
    )
    if call is None or code.is_open(call):
        return None
    edits: list[Edit] = []
    for given in call.args:
        if isinstance(given, ast.Constant | ast.Starred):
            continue
        found = on_one_line(code, given)
        if found is None:
            return None
        edits += found
    return fix("keep the entry on one line", *edits) if edits else None
