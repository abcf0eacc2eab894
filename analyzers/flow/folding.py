"""Operations on constants, done as Python does them, within bounds."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any, Final

UNKNOWN: Final = object()
_MAX_LENGTH = 4000
_MAX_NUMBER = 1 << 64
_OPERATORS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
_COMPARISONS: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: lambda a, b: a is b if a is None or b is None or isinstance(a, bool) else a == b,
    ast.IsNot: lambda a, b: a is not b if a is None or b is None else a != b,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
_UNARY: Final[dict[type[ast.unaryop], Callable[[Any], Any]]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_WIDE = re.compile(r"%(?:\(\w*\))?[-#0 +.0-9]*(?:\*|[0-9]{3})")
_FAILURES = (
    ValueError, TypeError, ArithmeticError, LookupError, AttributeError, UnicodeError, MemoryError,
)  # fmt: skip
_METHODS = frozenset(
    {
        "capitalize", "casefold", "count", "decode", "encode", "endswith", "expandtabs", "find",
        "format", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
        "isidentifier", "islower", "isnumeric", "isspace", "istitle", "isupper", "join",
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind",
        "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith",
        "strip", "swapcase", "title", "upper", "zfill", "hex", "bit_length",
    }
)  # fmt: skip
_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "len": len, "str": str, "int": int, "float": float, "bool": bool, "abs": abs, "ord": ord,
    "chr": chr, "min": min, "max": max, "round": round, "repr": repr, "hex": hex, "oct": oct,
    "bin": bin, "bytes": bytes, "sum": sum,
}  # fmt: skip


def binary(kind: type[ast.operator], left: object, right: object) -> object:
    """The result of an operator, or UNKNOWN where it fails or grows too large."""
    if kind in (ast.Pow, ast.LShift, ast.Mult) and not _is_small(kind, left, right):
        return UNKNOWN
    if kind is ast.Mod and isinstance(left, str | bytes) and not _is_narrow(left):
        return UNKNOWN
    function = _OPERATORS.get(kind)
    return UNKNOWN if function is None else _bounded(function, left, right)


def _is_narrow(template: str | bytes) -> bool:
    """A width in a template could ask for any amount of memory."""
    text = template if isinstance(template, str) else template.decode("latin-1")
    return not _WIDE.search(text)


def _is_small(kind: type[ast.operator], left: object, right: object) -> bool:
    if kind is ast.Mult:
        for text, number in ((left, right), (right, left)):
            if isinstance(text, str | bytes | tuple):
                return isinstance(number, int) and number * len(text) <= _MAX_LENGTH
        return isinstance(left, int | float) and isinstance(right, int | float)
    return (
        isinstance(left, int | float)
        and isinstance(right, int | float)
        and abs(right) <= 64
        and abs(left) <= 1 << 16
    )


def comparison(kind: type[ast.cmpop], left: object, right: object) -> object:
    """The result of a comparison, or UNKNOWN."""
    return _bounded(_COMPARISONS[kind], left, right)


def unary(kind: type[ast.unaryop], operand: object) -> object:
    """The result of an operator, or UNKNOWN."""
    return _bounded(_UNARY[kind], operand)


def method(receiver: object, name: str, arguments: list[object]) -> object:
    """The result of a method of a string, bytes or number, or UNKNOWN."""
    if name not in _METHODS or not isinstance(receiver, str | bytes | int):
        return UNKNOWN
    if name in ("expandtabs", "zfill"):
        return UNKNOWN
    if name == "format" and isinstance(receiver, str) and not _is_plain_format(receiver):
        return UNKNOWN
    return _bounded(getattr(receiver, name, _fail), *arguments)


def function(name: str, arguments: list[object]) -> object:
    """The result of a builtin function, or UNKNOWN."""
    known = _FUNCTIONS.get(name)
    if known is None:
        return UNKNOWN
    if name == "bytes" and any(isinstance(argument, int) for argument in arguments):
        return UNKNOWN
    return _bounded(known, *arguments)


def subscript(container: object, key: object) -> object:
    """The result of an index or slice, or UNKNOWN."""
    return _bounded(operator.getitem, container, key)


def _is_plain_format(text: str) -> bool:
    """A width in a format could ask for any amount of memory, and attributes for anything."""
    return ":" not in text and "." not in text.replace(". ", "") and "[" not in text


def _fail(*arguments: object) -> object:
    raise TypeError


def _bounded(function: Callable[..., Any], *arguments: Any) -> object:
    try:
        result = function(*arguments)
    except _FAILURES:
        return UNKNOWN
    if isinstance(result, str | bytes | tuple | list) and len(result) > _MAX_LENGTH:
        return UNKNOWN
    if isinstance(result, int) and abs(result) > _MAX_NUMBER:
        return UNKNOWN
    return result
