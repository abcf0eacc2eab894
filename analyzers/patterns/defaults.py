"""What a parameter is where its caller leaves it out, also by way of an attribute that keeps it."""

from __future__ import annotations

import ast

from analyzers.code import Code
from analyzers.patterns.options import of_class


def default_of(code: Code, node: ast.expr) -> ast.expr | None:
    """The default of the parameter that an expression reads, or that `self.name` was given."""
    if isinstance(node, ast.Attribute):
        kept = of_class(code, node)
        return _default(code, kept[0]) if kept and isinstance(kept[0], ast.Name) else None
    return _default(code, node) if isinstance(node, ast.Name) else None


def _default(code: Code, used: ast.expr) -> ast.expr | None:
    function = code.function(used)
    if not isinstance(used, ast.Name) or function is None:
        return None
    if any(
        isinstance(node, ast.Name) and node.id == used.id and isinstance(node.ctx, ast.Store)
        for node in ast.walk(function)
    ):
        return None
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    with_default = positional[len(positional) - len(given.defaults) :]
    pairs = [
        *zip(with_default, given.defaults, strict=True),
        *zip(given.kwonlyargs, given.kw_defaults, strict=True),
    ]
    return next((value for arg, value in pairs if arg.arg == used.id), None)
