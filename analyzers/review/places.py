"""Offsets as lines and columns."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Place:
    """`line` counts from 1; `column` is how many code points of the line stand before it."""

    line: int
    column: int


class Places:
    """Where the offsets of one text are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0, *(match.end() for match in _LINE_END.finditer(text))]

    def at(self, offset: int) -> Place:
        """The place of an offset; one outside of the text is moved to its border."""
        offset = min(max(offset, 0), len(self.text))
        line = bisect.bisect_right(self._starts, offset)
        return Place(line, offset - self._starts[line - 1])

    def line(self, number: int) -> str:
        """A line without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")
