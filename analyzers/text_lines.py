"""The lines of a text as Python and editors count them."""

from __future__ import annotations

import re
from itertools import accumulate

# `str.splitlines` knows more line ends than these.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


def split_lines(text: str) -> list[str]:
    """The lines with their ends; CR LF, CR and LF end one."""
    if "\r" not in text:
        lines = text.split("\n")
        last = lines.pop()
        lines = [f"{line}\n" for line in lines]
        return [*lines, last] if last else lines
    return _LINE.findall(text)


def line_starts(lines: list[str]) -> list[int]:
    """Where each line starts, and where the text ends."""
    return list(accumulate((len(line) for line in lines), initial=0))
