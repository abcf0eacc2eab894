"""A node of a tree as text."""

from __future__ import annotations

import ast


def unparsed(node: ast.AST) -> str:
    """The node written anew; empty where it is nested too deeply for that, which no person reads.

    `ast.unparse` goes down once for each level, and the parser lets a thousand and more pass.
    """
    try:
        return ast.unparse(node)
    except RecursionError:
        return ""
