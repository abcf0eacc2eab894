"""The tokens of a Python text, with f-strings as PEP 701 has them: to any depth, in any quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MOST_NESTED_STRINGS = 50

Kind = Literal["name", "operator", "string", "newline"]

TOKEN = re.compile(
    r"(?P<string>(?:[bB][rR]?|[rR][bBfFtT]?|[uU]|[fFtT][rR]?)?(?:\"{3}|'{3}|[\"']))"
    r"|(?P<name>\w+)"
    r"|(?P<skip>[ \t\f]+|\#[^\r\n]*|\\(?:\r\n?|\n))"
    r"|(?P<newline>\r\n?|\n)"
    r"|(?P<operator>.)",
    re.DOTALL,
)
_PLAIN_END = {
    quote: re.compile(rf"(?:[^\\{stop}]++|\\\r\n|\\.{more})*+{quote}", re.DOTALL)
    for quote, stop, more in (
        ('"', '"\\r\\n', ""),
        ("'", "'\\r\\n", ""),
        ('"""', '"', '|"(?!"")'),
        ("'''", "'", "|'(?!'')"),
    )
}
_FORMATTED = re.compile(
    r"\\N\{[^{}\r\n]*\}|\\(?:\r\n|[^{}])|\{\{|\}\}|[{}]|\"{3}|'{3}|[\"'\r\n]", re.DOTALL
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_NAMED = re.compile(r"\\N\{[A-Z][A-Z0-9 -]*\}|\\[^{}]")
_CONVERSION = re.compile(r"\s*[^\W\d]\w*\s*")


class Unreadable(Exception):
    """No token, or no end of one, at `offset`."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Field:
    """A replacement field of an f-string, braces included, by its offsets.

    expression_end: where the expression ends, and the `=` of a field that shows it.
    debug_end: behind that `=` and the white space after it; the expression's end where there is
        none.
    fields: those inside its format specification.
    is_modern: whether Python before 3.12 cannot read it.
    """

    start: int
    end: int
    expression_end: int
    debug_end: int
    fields: tuple[Field, ...]
    is_modern: bool


@dataclass(frozen=True, slots=True)
class Token:
    """A token by its offsets.

    prefix, quote: of strings, the prefix in lower case; empty for everything else.
    fields: None but for f-strings and t-strings.
    is_modern: whether it is a string that Python before 3.12 cannot read.
    """

    kind: Kind
    start: int
    end: int
    text: str
    prefix: str = ""
    quote: str = ""
    fields: tuple[Field, ...] | None = None
    is_modern: bool = False


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens from `start` on, without comments and white space. Every line end is one.

    Raises:
        Unreadable: a string has no end, or the field of an f-string none.
    """
    while match := TOKEN.match(text, start):
        if match.lastgroup == "string":
            token = string_at(text, start, match.group())
            yield token
            start = token.end
            continue
        start = match.end()
        if match.lastgroup != "skip":
            kind: Kind = match.lastgroup  # type: ignore[assignment]
            yield Token(kind, match.start(), start, match.group())


def string_at(text: str, start: int, opening: str, depth: int = 0) -> Token:
    """The string at `start`, which begins with its prefix and quotes, `opening`.

    Raises:
        Unreadable: it has no end, or the field of an f-string none.
    """
    prefix, quote = opening.rstrip("\"'").lower(), opening.lstrip("bBrRuUfFtT")
    inside = start + len(opening)
    if "f" not in prefix and "t" not in prefix:
        match = _PLAIN_END[quote].match(text, inside)
        if match is None:
            raise Unreadable("unterminated string literal", start)
        return Token("string", start, match.end(), text[start : match.end()], prefix, quote)
    if depth == MOST_NESTED_STRINGS:
        raise Unreadable("f-strings are nested too deeply", start)
    fields: list[Field] = []
    at = inside
    while match := _FORMATTED.search(text, at):
        found, at = match.group(), match.end()
        if found == "{" or (found.startswith("\\N") and "r" in prefix):
            brace = match.start() + found.index("{")
            fields.append(_field(text, brace, quote, depth))
            at = fields[-1].end
        elif found == quote or (found[0] == quote and len(quote) == 1):
            end = match.start() + len(quote)
            is_modern = "t" in prefix or any(field.is_modern for field in fields)
            return Token(
                "string", start, end, text[start:end], prefix, quote, tuple(fields), is_modern
            )
        elif found in "\r\n" and len(quote) == 1:
            break
        elif found == "}":
            raise Unreadable("f-string: single '}' is not allowed", match.start())
        elif found[0] in "\"'" and len(found) == 3 and found[0] == quote[0]:
            at = match.start() + 1
    raise Unreadable("unterminated f-string literal", start)


def _field(text: str, start: int, quote: str, depth: int) -> Field:
    stack: list[str] = []
    at, debug_start, is_modern = start + 1, None, False
    while match := TOKEN.match(text, at):
        token = match.group()
        if match.lastgroup == "string":
            string = string_at(text, at, token, depth + 1)
            is_modern |= string.is_modern
            at, debug_start = string.end, None
            continue
        if not stack and token in "}:!" and not text.startswith("!=", at):
            break
        if token in _BRACKETS:
            stack.append(_BRACKETS[token])
        elif token in ")]}" and token != (stack.pop() if stack else ""):
            raise Unreadable(f"f-string: unmatched '{token}'", at)
        if not stack and token == "=" and text[at - 1] not in "=!<>":
            debug_start = at
        elif match.lastgroup not in ("skip", "newline"):
            debug_start = None
        at = match.end()
    else:
        raise Unreadable("f-string: expecting '}'", start)
    expression_end, debug_end = (at, at) if debug_start is None else (debug_start, at)
    fields: list[Field] = []
    if text[at] == "!":
        conversion = _CONVERSION.match(text, at + 1)
        if conversion is None:
            raise Unreadable("f-string: invalid conversion character", at)
        at = conversion.end()
    if text.startswith(":", at):
        at = _format(text, at + 1, quote, depth, fields)
    if not text.startswith("}", at):
        raise Unreadable("f-string: expecting '}'", start)
    inside = text[start:at]
    old_stops = (quote[0], "\\", "#", "\n", "\r") if len(quote) == 1 else (quote[0], "\\", "#")
    is_modern |= any(stop in inside for stop in old_stops)
    is_modern |= any(field.is_modern for field in fields)
    return Field(start, at + 1, expression_end, debug_end, tuple(fields), is_modern)


def _format(text: str, start: int, quote: str, depth: int, fields: list[Field]) -> int:
    """Where the format specification that begins at `start` ends; its fields go to `fields`."""
    if depth == MOST_NESTED_STRINGS:
        raise Unreadable("f-string: expressions nested too deeply", start)
    at = start
    while at < len(text):
        if text[at] == "{":
            fields.append(_field(text, at, quote, depth + 1))
            at = fields[-1].end
        elif text[at] == "}":
            return at
        elif text.startswith(quote, at) or (len(quote) == 1 and text[at] in "\r\n"):
            break
        else:
            named = _NAMED.match(text, at)
            at = named.end() if named else at + 1
    raise Unreadable("f-string: expecting '}'", start)
