"""Secrets that a message shows as they are."""

from __future__ import annotations

import ast

from analyzers.patterns.secrets import kind_of_name


def secret_in(node: ast.expr) -> str | None:
    """The name of what is shown whole: the value, in an f-string, by `%`, or by `format`."""
    return next(filter(None, map(_name_of, shown(node))), None)


def shown(node: ast.expr) -> list[ast.expr]:
    """The values that a text shows: itself, or what it is put together from."""
    parts: list[ast.expr] = []
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
    elif isinstance(node, ast.BinOp):
        parts = [node.left, node.right]
    elif isinstance(node, ast.Tuple):
        parts = node.elts
    elif isinstance(node, ast.Call):
        formats = isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        parts = [*node.args, *(each.value for each in node.keywords)] if formats else []
    else:
        return [node]
    return [value for part in parts for value in shown(part)]


def is_secret(node: ast.expr) -> bool:
    """Whether an expression's name says that it holds a secret."""
    return _name_of(node) is not None


def _name_of(node: ast.expr) -> str | None:
    if isinstance(node, ast.Subscript):
        # Of what stands under a key, the key says what it is; it may be a constant's name too.
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        is_said = isinstance(key, str) and kind_of_name(key) in ("password", "secret", "key")
        return key if isinstance(key, str) and is_said else None
    if not isinstance(node, ast.Name | ast.Attribute):
        return None
    name = node.id if isinstance(node, ast.Name) else node.attr
    # A constant's name says what something is called, not what it is.
    secret = kind_of_name(name) in ("password", "secret", "key") and not name.isupper()
    return name if secret else None
