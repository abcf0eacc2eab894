"""What goes into a log stays one entry."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.lines import on_one_line
from analyzers.fixes.places import marked
from analyzers.fixes.writing import fix, is_placed, replaced
from analyzers.patterns.shown import is_secret, shown


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


def without_secret(code: Code, finding: Finding) -> Fix | None:
    """Asterisks in place of what nobody should read."""
    call = marked(
        code, finding, ast.Call, lambda it: isinstance(it.func, ast.Attribute) and bool(it.args)
    )
    if call is None or code.is_open(call):
        return None
    given = [*call.args, *(each.value for each in call.keywords)]
    secrets = [value for one in given for value in shown(one) if is_secret(value)]
    if not secrets or not all(is_placed(code, value) for value in secrets):
        return None
    edits: list[Edit] = []
    for value in secrets:
        is_in_text = isinstance(code.parent(value), ast.FormattedValue)
        edits.append(replaced(code, value, "'***'" if is_in_text else '"***"'))
    return fix("leave the secret out", *edits)
