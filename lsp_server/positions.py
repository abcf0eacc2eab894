"""Columns at the LSP border: code units of the negotiated encoding against code points inside.

A text may hold lone surrogates for a while, because an editor that counts in UTF-16 may send the
two halves of an astral character in two edits, or delete one half. They are kept as they came and
joined as soon as the halves meet, so that both sides count the same units at every step.
"""

from __future__ import annotations

import re

from lsprotocol.types import PositionEncodingKind

Encoding = PositionEncodingKind

_SURROGATE = re.compile("[\ud800-\udfff]")
_TERMINATED_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")


def split_lines(text: str) -> list[str]:
    r"""Lines with their ends; only \n, \r\n and \r end a line, and the last one has no end."""
    if "\r" not in text:
        lines = text.split("\n")
        return [line + "\n" for line in lines[:-1]] + lines[-1:]
    lines = _TERMINATED_LINE.findall(text)
    return [*lines, text[sum(map(len, lines)) :]]


def join_surrogates(text: str) -> str:
    """Makes one character of each high surrogate that a low one follows."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def leading_half(text: str) -> str:
    """The half of a character that a text begins with, or nothing."""
    return text[0] if _SURROGATE.match(text) else ""


def replace_surrogates(text: str) -> str:
    """Puts U+FFFD for each lone surrogate: what can be encoded, with every offset unchanged."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\ufffd", text)
    return text


def count_units(text: str, encoding: Encoding | str) -> int:
    """The length of `text` as a client of that encoding counts it."""
    if encoding == Encoding.Utf32 or text.isascii():
        return len(text)
    if encoding == Encoding.Utf8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split_at(line: str, units: int, encoding: Encoding | str) -> tuple[str, str]:
    """Cuts a line at a client's column; beyond the end means the end, before the line end.

    A column inside a surrogate pair cuts the pair in two, which is what the client's own buffer
    does. A column inside a UTF-8 sequence has no such meaning and moves to the character's start.
    """
    content = line.rstrip("\r\n")
    if encoding == Encoding.Utf32 or content.isascii():
        column = min(units, len(content))
        return line[:column], line[column:]
    if encoding == Encoding.Utf8:
        encoded = content.encode("utf-8", "surrogatepass")
        column = min(units, len(encoded))
        while 0 < column < len(encoded) and encoded[column] & 0xC0 == 0x80:
            column -= 1
        before = encoded[:column].decode("utf-8", "surrogatepass")
        return before, line[len(before) :]
    encoded = content.encode("utf-16-le", "surrogatepass")
    before = encoded[: 2 * units].decode("utf-16-le", "surrogatepass")
    after = encoded[2 * units :].decode("utf-16-le", "surrogatepass")
    return before, after + line[len(content) :]


def code_points_before(line: str, units: int, encoding: Encoding | str) -> int:
    """The code points before a client's column; inside a character means before it."""
    before, after = split_at(line, units, encoding)
    is_cut = len(before) + len(after) > len(line)
    return len(before) - is_cut
