"""Whether a text is sure to be one line."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def is_on_one_line(given: Sequence[ast.expr]) -> bool:
    """Whether every name in these expressions is put together again from its lines."""
    split = {
        inner
        for argument in given
        for node in ast.walk(argument)
        if isinstance(node, ast.Attribute) and node.attr == "splitlines"
        for inner in ast.walk(node)
    }
    names = [
        node for argument in given for node in ast.walk(argument) if isinstance(node, ast.Name)
    ]
    return all(name in split or name.id == "str" for name in names)
