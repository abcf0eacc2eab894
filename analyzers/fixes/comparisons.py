"""Codes are compared in a time that tells nothing."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Finding, Fix
from analyzers.fixes.imports import reach
from analyzers.fixes.places import marked
from analyzers.fixes.writing import fix, is_placed, replaced, source


def constant_time(code: Code, finding: Finding) -> Fix | None:
    """`hmac.compare_digest` in place of `==`."""
    node = marked(
        code,
        finding,
        ast.Compare,
        lambda it: len(it.ops) == 1 and isinstance(it.ops[0], ast.Eq | ast.NotEq),
    )
    if node is None or code.is_open(node) or not is_placed(code, node):
        return None
    reached = reach(code, node, "hmac", "compare_digest")
    if reached is None:
        return None
    left, right = source(code, node.left), source(code, node.comparators[0])
    text = f"{reached.text}({left}, {right})"
    if isinstance(node.ops[0], ast.NotEq):
        text = f"not {text}"
        above = code.parent(node)
        if isinstance(above, ast.Compare | ast.BinOp | ast.Call | ast.UnaryOp):
            text = f"({text})"
    return fix("compare in constant time", *reached.edits, replaced(code, node, text))
