"""Nodes are written anew, whatever they are."""

from __future__ import annotations

import ast

from analyzers.check import scan
from analyzers.unparsed import unparsed


def test_an_expression_is_written_anew() -> None:
    assert unparsed(ast.parse("list [ int ]", mode="eval").body) == "list[int]"


def test_what_is_nested_too_deeply_is_written_as_nothing() -> None:
    node: ast.expr = ast.Name("x", ast.Load())
    for _ in range(5000):
        node = ast.UnaryOp(ast.USub(), node)
    assert unparsed(node) == ""


def test_a_deep_annotation_fails_no_rule() -> None:
    """Of all depths that the parser lets pass, and some that it does not."""
    for depth in range(100, 1000, 50):
        text = f"def f(name: {'-' * depth}x):\n    open('/srv/' + name)\n"
        assert scan(text, "python").problems == ()
