"""What an identifier says it holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from analyzers.code import Code

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(identifier: str) -> list[str]:
    """`sessionToken`, `SESSION_TOKEN` and `session_token` are the words session and token."""
    return [word.lower() for word in _WORD.findall(identifier)]


def identifiers(node: ast.AST) -> Iterator[str]:
    """The names, attributes and names of keyword arguments in an expression."""
    for below in ast.walk(node):
        if isinstance(below, ast.Name):
            yield below.id
        elif isinstance(below, ast.Attribute):
            yield below.attr
        elif isinstance(below, ast.keyword) and below.arg:
            yield below.arg


def purpose(code: Code, node: ast.AST) -> Iterator[str]:
    """The identifiers that say what the value of an expression is for, from the inside out.

    The parameter it is given to, the variable, attribute or key it is stored in, and the functions
    around it.
    """
    yield from uses(code, node)
    above = code.function(node)
    while above is not None:
        yield above.name
        above = code.function(above)


def uses(code: Code, node: ast.AST) -> Iterator[str]:
    """As `purpose`, within the statement."""
    below, above = node, code.parent(node)
    while above is not None and not isinstance(above, ast.Module):
        if isinstance(above, ast.Call) and below is not above.func:
            yield from _last_name(above.func)
        elif isinstance(above, ast.keyword) and above.arg:
            yield above.arg
        elif isinstance(above, ast.Dict):
            yield from _key_of(above, below)
        elif isinstance(above, ast.Assign):
            for target in above.targets:
                yield from stored_in(target)
        elif isinstance(above, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            yield from stored_in(above.target)
        if isinstance(above, ast.stmt):
            return
        below, above = above, code.parent(above)


def _last_name(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr


def stored_in(target: ast.AST) -> Iterator[str]:
    """The names, attributes and keys that a target of an assignment has."""
    if isinstance(target, ast.Subscript):
        if isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str):
            yield target.slice.value
        else:
            yield from _last_name(target.slice)
        yield from _last_name(target.value)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from stored_in(element)
    else:
        yield from _last_name(target)


def _key_of(dictionary: ast.Dict, value: ast.AST) -> Iterator[str]:
    for key, held in zip(dictionary.keys, dictionary.values, strict=False):
        if held is value and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
