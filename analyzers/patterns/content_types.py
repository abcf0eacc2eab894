"""What an answer says that it is, where its header is written before its body."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from analyzers.code import Code

_HEADERS = frozenset({"set_header", "send_header", "add_header"})
_PAGES = ("html", "xml", "svg")


def says_no_page(code: Code, node: ast.AST) -> bool:
    """Whether the last `Content-Type` before a node, on every way to it, is that of no page."""
    said = next(_before(code, node), None)
    return said is not None and not any(kind in said for kind in _PAGES)


def _before(code: Code, node: ast.AST) -> Iterator[str]:
    """What the statements say that are run before it whatever happens, the nearest first."""
    function = code.function(node)
    inner, outer = node, code.parent(node)
    while outer is not None and inner is not function:
        body = _body_with(outer, inner)
        for statement in reversed(body[: body.index(inner)] if inner in body else []):
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                yield from _said(statement.value)
            elif any(True for call in ast.walk(statement) for _ in _said(call)):
                yield "html"  # It may say something else on some way.
        inner, outer = outer, code.parent(outer)


def _body_with(outer: ast.AST, inner: ast.AST) -> Sequence[ast.AST]:
    for name in ("body", "orelse", "finalbody", "handlers"):
        body = getattr(outer, name, None)
        if isinstance(body, list) and inner in body:
            return body
    return ()


def _said(node: ast.AST) -> Iterator[str]:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _HEADERS
        and len(node.args) == 2
        and isinstance(name := node.args[0], ast.Constant)
        and str(name.value).lower() == "content-type"
    ):
        value = node.args[1]
        yield str(value.value).lower() if isinstance(value, ast.Constant) else "html"
