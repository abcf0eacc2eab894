"""The line of an insertion: what is left and right of it, and what a cut makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analyzers.incremental import Place

_SEAM: Final = 40


@dataclass(frozen=True, slots=True)
class LineAround:
    """A text between what stands before it in its first line and behind it in its last one."""

    left: str
    text: str
    right: str

    def up_to(self, end: int) -> str:
        """The last line, if the text ends there."""
        start = self.text.rfind("\n", 0, end) + 1
        left = "" if start else self.left
        return left + self.text[start:end] + self.right

    def seams(self, ends: Sequence[int]) -> str:
        """Where the cuts meet what follows them: words may arise there that neither side has."""
        if not self.right.strip():
            return ""
        return "\n".join(self.text[max(end - _SEAM, 0) : end] + self.right for end in ends)

    def all_of_it(self, ends: Sequence[int]) -> str:
        """All words that there are with one cut or another."""
        return f"{self.left}{self.text}{self.right}\n{self.seams(ends)}"


def line_around(place: Place) -> LineAround:
    """The line of a place."""
    document, span = place.document, place.insertion.span
    left = document[document.rfind("\n", 0, span.start) + 1 : span.start]
    right = document[span.end :].partition("\n")[0]
    return LineAround(left, place.insertion.text, right)
