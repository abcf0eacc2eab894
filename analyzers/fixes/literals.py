"""The string literals of an expression, piece by piece, as they are written."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from analyzers.finding import Span

_OPENING = re.compile(r"""([rRbBuUfF]{0,2})(\"\"\"|'''|"|')""")
_BETWEEN = re.compile(r"(?:\s|\\\r?\n|#[^\n]*)*")
_ESCAPE = re.compile(
    r"\\(?:\r\n|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]*\}|[0-7]{1,3}|.)", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One literal of a text.

    prefix: its letters, as written.
    whole: where it stands; body: where that stands which is between the quotes.
    fields: where the replacement fields of an f-string stand, braces included.
    """

    prefix: str
    quote: str
    whole: Span
    body: Span
    fields: tuple[Span, ...] = ()

    @property
    def is_f(self) -> bool:
        """Whether it is an f-string."""
        return "f" in self.prefix.lower()

    @property
    def is_raw(self) -> bool:
        """Whether a backslash in it is one."""
        return "r" in self.prefix.lower()


@dataclass(frozen=True, slots=True)
class Char:
    """One character of a literal's value, and where it is written."""

    char: str
    span: Span
    piece: Piece


def pieces(text: str, span: Span) -> list[Piece] | None:
    """The literals that stand one after the other in `span`; None where there is anything else."""
    found: list[Piece] = []
    at = span.start
    while at < span.end:
        piece = _piece(text, at, span.end)
        if piece is None:
            return None
        found.append(piece)
        between = _BETWEEN.match(text, piece.whole.end, span.end)
        at = between.end() if between else piece.whole.end
    return found or None


def characters(text: str, piece: Piece) -> Iterator[Char | Span]:
    """The characters of a literal, and the places of its fields among them."""
    fields = {field.start: field for field in piece.fields}
    at = piece.body.start
    while at < piece.body.end:
        if at in fields:
            yield fields[at]
            at = fields[at].end
            continue
        end = at + 1
        char = text[at]
        if piece.is_f and text[at : at + 2] in ("{{", "}}"):
            end = at + 2
        elif char == "\\" and not piece.is_raw:
            escape = _ESCAPE.match(text, at, piece.body.end)
            end = escape.end() if escape else end
            char = _unescaped(text[at:end])
        yield Char(char, Span(at, end), piece)
        at = end


def _unescaped(escape: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return str(ast.literal_eval(f'"""{escape}"""'))
        except (SyntaxError, ValueError):
            return escape


def _piece(text: str, at: int, end: int) -> Piece | None:
    opening = _OPENING.match(text, at, end)
    if opening is None or "b" in opening[1].lower():
        return None
    prefix, quote = opening[1], opening[2]
    start = opening.end()
    fields: list[Span] = []
    at = start
    while at < end:
        if text.startswith(quote, at):
            body = Span(start, at)
            return Piece(prefix, quote, Span(opening.start(), at + len(quote)), body, tuple(fields))
        if text[at] == "\\":
            at += 2
        elif "f" in prefix.lower() and text[at] == "{":
            if text.startswith("{{", at):
                at += 2
                continue
            stop = _end_of_field(text, at, end)
            if stop is None:
                return None
            fields.append(Span(at, stop))
            at = stop
        elif "f" in prefix.lower() and text.startswith("}}", at):
            at += 2
        else:
            at += 1
    return None


def _end_of_field(text: str, at: int, end: int) -> int | None:
    depth = 0
    while at < end:
        char = text[at]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                return at + 1
        elif char in "\"'":
            nested = _piece(text, at, end)
            if nested is None:
                return None
            at = nested.whole.end
            continue
        at += 1
    return None
