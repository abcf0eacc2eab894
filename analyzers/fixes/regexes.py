"""Patterns in which other people's values stand for themselves."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import argument, last_name, marked
from analyzers.fixes.templates import is_string, template
from analyzers.fixes.wrapping import wrapped
from analyzers.fixes.writing import fix, is_placed, replaced, source

# The functions that take a pattern first.
FUNCTIONS = (
    "compile", "match", "fullmatch", "search", "findall", "finditer", "sub", "subn", "split",
)  # fmt: skip
_TITLE = "match the text as it is"


def escaped(code: Code, finding: Finding) -> Fix | None:
    """`re.escape` around the values of a pattern, or around the whole of it."""
    call = marked(code, finding, ast.Call, lambda it: _pattern(it) is not None)
    pattern = _pattern(call) if call is not None else None
    if call is None or pattern is None or not is_placed(code, pattern):
        return None
    reached = reach(code, call, "re", "escape")
    if reached is None:
        return None
    if not is_string(pattern):
        whole = replaced(code, pattern, f"{reached.text}({source(code, pattern)})")
        return fix(_TITLE, *reached.edits, whole)
    made = template(code, pattern)
    edits = wrapped(code, made.holes, f"{reached.text}({{}})") if made is not None else None
    return fix(_TITLE, *reached.edits, *edits) if edits else None


def _pattern(call: ast.Call) -> ast.expr | None:
    given = argument(call, 0, "pattern") if last_name(call.func) in FUNCTIONS else None
    if isinstance(given, ast.Constant | ast.Starred):
        return None
    is_escape = isinstance(given, ast.Call) and last_name(given.func) == "escape"
    return None if is_escape else given
