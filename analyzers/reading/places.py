"""Lines and columns as Python counts them, and offsets, which everything else counts in."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right

# The nodes that have a place.
PLACED = ast.expr | ast.stmt | ast.arg | ast.keyword | ast.alias | ast.excepthandler | ast.pattern
_END_OF_LINE = re.compile(r"\r\n?|\n")


def line_starts(text: str) -> list[int]:
    """The offset of each line's first character. Only CR LF, CR and LF end a line for Python."""
    return [0, *(match.end() for match in _END_OF_LINE.finditer(text))]


class Places:
    """The places of a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = line_starts(text)
        self._is_ascii = text.isascii()

    def place(self, offset: int) -> tuple[int, int]:
        """The line (from 1) and the column (UTF-8 bytes) of an offset."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        return line, offset - start if self._is_ascii else _n_bytes(self._text[start:offset])


def _n_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def blank(text: str) -> str:
    """White space of the same layout, which a statement may have anywhere between two tokens."""
    parts = _END_OF_LINE.split(text)
    ends = _END_OF_LINE.findall(text)
    blanks = [" " * _n_bytes(part) for part in parts]
    return "".join(f"{b}\\{e}" for b, e in zip(blanks, ends, strict=False)) + blanks[-1]


def filler(text: str, end_of_line: str) -> str:
    """Letters of the same layout; `end_of_line` stands before the end of each line."""
    parts = _END_OF_LINE.split(text)
    return f"{end_of_line}\n".join("x" * _n_bytes(part) for part in parts)
