"""What strings are put together from."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Literal

from analyzers.finding import Span
from analyzers.fixes.literals import Char, Piece

Form = Literal["f", "%", "format", "+", "join"]


@dataclass(frozen=True, slots=True)
class Hole:
    """A value that goes into a string.

    text: the value as an expression, `str()` around it left out.
    span: what stands for it in the text: a field, a placeholder, an operand.
    spec: how it is formatted, as written: `!r`, `:.2f`, `d`; empty for as it is.
    piece: the literal that the placeholder is in, None for an operand of `+`.
    """

    value: ast.expr
    text: str
    span: Span
    form: Form
    spec: str = ""
    piece: Piece | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """What a string is made of.

    expression: the whole of it.
    tail: for `%` and `format` where that stands which holds the values.
    """

    expression: ast.expr
    parts: tuple[Char | Hole, ...]
    tails: tuple[Span, ...] = ()

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The values, in order."""
        return tuple(part for part in self.parts if isinstance(part, Hole))

    @property
    def filled(self) -> tuple[Hole, ...]:
        """The values that `%` or `format` puts in."""
        return tuple(hole for hole in self.holes if hole.form in ("%", "format"))

    @property
    def constant(self) -> str:
        """The text between the holes, each hole as NUL."""
        return "".join(part.char if isinstance(part, Char) else "\0" for part in self.parts)


def unwrapped(node: ast.expr) -> ast.expr:
    """`x` of `str(x)`."""
    while (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "str"
        and len(node.args) == 1
        and not node.keywords
        and not isinstance(node.args[0], ast.Starred)
    ):
        node = node.args[0]
    return node
