"""The lines of a text as Python and editors count them."""

from __future__ import annotations

import re
from itertools import accumulate

# `str.splitlines` knows more line ends than these.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

_HALVES = re.compile("[\ud800-\udfff]")


def split_lines(text: str) -> list[str]:
    """The lines with their ends; CR LF, CR and LF end one."""
    if "\r" not in text:
        lines = text.split("\n")
        last = lines.pop()
        lines = [f"{line}\n" for line in lines]
        return [*lines, last] if last else lines
    return _LINE.findall(text)


def readable(text: str) -> str:
    """The text with halves of surrogate pairs replaced, one character by one.

    No program can be written with them, and no file holds them; an editor's buffer may.
    """
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


def line_starts(lines: list[str]) -> list[int]:
    """Where each line starts, and where the text ends."""
    return list(accumulate((len(line) for line in lines), initial=0))
