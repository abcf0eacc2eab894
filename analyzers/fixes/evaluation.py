"""`eval` of data becomes `ast.literal_eval`, and one that calculates a calculation."""

from __future__ import annotations

import ast
import re

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.arithmetic import calculated
from analyzers.fixes.callers import values
from analyzers.fixes.imports import reach
from analyzers.fixes.places import call, scope
from analyzers.fixes.templates import is_string
from analyzers.fixes.writing import fix, replaced

# What is calculated or run is code with operators and names, which a literal cannot hold.
_CODE = re.compile(
    r"expr|formula|calc|comput|equation|code|script|operat|predicate|condition|lambda|func|arith"
    r"|math|statement|program|source",
    re.IGNORECASE,
)


def to_literal(code: Code, finding: Finding) -> Fix | None:
    """`ast.literal_eval` where what is read looks like data, a calculation where it is one."""
    node = call(code, finding, "eval", "builtins.eval")
    if node is None or len(node.args) != 1 or node.keywords or code.is_open(node):
        return None
    given = node.args[0]
    if is_string(given) or isinstance(given, ast.Starred):
        return None
    if _is_of_code(code, node):
        return calculated(code, node)
    if isinstance(given, ast.Name) and any(map(_is_code, values(code, given))):
        return None
    reached = reach(code, node, "ast", "literal_eval")
    if reached is None:
        return None
    return fix("read a literal", *reached.edits, replaced(code, node.func, reached.text))


def _is_of_code(code: Code, node: ast.Call) -> bool:
    around = scope(code, node)
    words = [ast.unparse(node.args[0])]
    if not isinstance(around, ast.Module):
        words += [around.name, ast.get_docstring(around) or ""]
    return any(_CODE.search(text) for text in words)


def _is_code(value: ast.expr) -> bool:
    """Whether a text that the file itself evaluates is more than a literal."""
    if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
        return is_string(value)
    try:
        ast.literal_eval(value.value.strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return True
    return False
