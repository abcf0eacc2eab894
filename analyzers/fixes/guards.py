"""Asserts that guard become guards that stay under `python -O`."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.places import marked
from analyzers.fixes.writing import fix, indentation, newline, source


def raising(code: Code, finding: Finding) -> Fix | None:
    """`if not ...: raise PermissionError(...)`."""
    node = marked(code, finding, ast.Assert, lambda it: True)
    margin = indentation(code, node) if node is not None else None
    if node is None or margin is None or code.is_open(node):
        return None
    message = source(code, node.msg) if node.msg is not None else '"not allowed"'
    condition = source(code, node.test)
    if (
        isinstance(node.test, ast.BoolOp | ast.IfExp | ast.Lambda | ast.NamedExpr)
        or "\n" in condition
    ):
        condition = f"({condition})"
    step = "\t" if margin.startswith("\t") else "    "
    line = f"if not {condition}:{newline(code.text)}{margin}{step}raise PermissionError({message})"
    return fix("raise instead", Edit(code.span(node), line))
