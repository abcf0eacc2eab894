"""Values of headers stay on one line."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.lines import on_one_line
from analyzers.fixes.places import last_name, marked
from analyzers.fixes.writing import fix


def one_line(code: Code, finding: Finding) -> Fix | None:
    """The values with a space for each line end."""
    call = marked(code, finding, ast.Call, lambda it: bool(header_values(it)))
    if call is None or code.is_open(call):
        return None
    edits: list[Edit] = []
    for given in header_values(call):
        made = on_one_line(code, given)
        if made is None:
            return None
        edits += made
    return fix("keep the header on one line", *edits) if edits else None


def header_values(call: ast.Call) -> list[ast.expr]:
    """The values of headers that a call is given and that are not constant."""
    name = last_name(call.func)
    found: list[ast.expr] = []
    if name == "send_header" and len(call.args) == 2:
        found = [call.args[1]]
    elif name == "start_response" and len(call.args) > 1 and isinstance(call.args[1], ast.List):
        pairs = [item for item in call.args[1].elts if isinstance(item, ast.Tuple)]
        found = [pair.elts[1] for pair in pairs if len(pair.elts) == 2]
    return [given for given in found if not isinstance(given, ast.Constant | ast.Starred)]
