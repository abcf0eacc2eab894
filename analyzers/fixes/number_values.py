"""Which values of a text may be numbers: a list of arguments takes no numbers, a text does."""

from __future__ import annotations

import ast
import re

from analyzers.code import Code
from analyzers.fixes.callers import parameter_of, values
from analyzers.fixes.parts import Hole
from analyzers.fixes.places import last_name

_CALLS = frozenset({"int", "float", "len", "round", "abs", "max", "min", "sum", "getpid", "time"})
_TYPES = re.compile(r"\b(int|float|bool|Decimal|complex)\b")
# What people call numbers by.
_NAMES = re.compile(
    r"(^|_)(n|num|numbers?|counts?|ports?|sizes?|widths?|heights?|qualit(y|ies)|limits?|timeouts?"
    r"|seconds?|secs?|minutes?|hours?|days?|pids?|ids?|index|levels?|lines|depth|rate|fps|dpi|uid"
    r"|gid|year|month|amount|total|length|offset|duration|interval|retries|threads|jobs|workers"
    r"|x|y|w|h|i|j|k)$",
    re.IGNORECASE,
)


def may_be_number(code: Code, hole: Hole) -> bool:
    """Whether a value that a text is made of is no text itself, as far as the file shows."""
    if hole.form == "+":
        # Only what is none is made one before it is added.
        return hole.span.end - hole.span.start > len(hole.text)
    return hole.spec == "d" or _is_number(code, hole.value)


def _is_number(code: Code, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, str | bytes)
    if isinstance(node, ast.BinOp):
        return _is_number(code, node.left) and _is_number(code, node.right)
    if isinstance(node, ast.Call):
        return last_name(node.func) in _CALLS
    if isinstance(node, ast.Name):
        found = parameter_of(code, node)
        annotation = found[1].annotation if found is not None else None
        if annotation is not None:
            return _TYPES.search(ast.unparse(annotation)) is not None
        given = [one for one in values(code, node) if not isinstance(one, ast.Name)]
        if given:
            return any(_is_number(code, one) for one in given)
    return _NAMES.search(last_name(node)) is not None
