"""The text that an editor shows after the cursor, and what a user may take of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals.latency.trace import How
from evals.lsp_client import offset_of

# As editors cut: a line ends before the next line end, a word with its letters or its symbols.
_LINE = re.compile(r"(?:\r\n|\n|\r)?[^\r\n]*")
_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)?")
_SMALLER: dict[How, tuple[How, ...]] = {
    "full": ("full", "line", "word"),
    "line": ("line", "word"),
    "word": ("word",),
}


@dataclass(frozen=True, slots=True)
class Ghost:
    """Text at the cursor, visible since `shown_s`."""

    text: str
    shown_s: float

    def after(self, typed: str) -> Ghost | None:
        """What is left when that was typed; nothing where the user went another way."""
        if len(typed) < len(self.text) and self.text.startswith(typed):
            return Ghost(self.text[len(typed) :], self.shown_s)
        return None

    def part_that_agrees(self, how: How, due: str) -> tuple[How, str] | None:
        """The largest part, at most `how`, that is what will stand there."""
        for size in _SMALLER[how]:
            part = cut(self.text, size)
            if part and due.startswith(part):
                return size, part
        return None


def cut(text: str, how: How) -> str:
    """The first word, the first line, or all of a text."""
    if how == "full":
        return text
    match = (_LINE if how == "line" else _WORD).match(text)
    return match[0] if match else ""


def insertion(text: str, cursor: int, item: Mapping[str, Any]) -> str | None:
    """What accepting an item adds at the cursor; none where it would change what stands there."""
    inserted = item["insertText"]
    if isinstance(inserted, dict):
        inserted = inserted["value"]
    span = item.get("range")
    if span is None:
        return str(inserted)
    try:
        start, end = offset_of(text, span["start"]), offset_of(text, span["end"])
    except (ValueError, IndexError):
        return None
    left, right = text[start:cursor], text[cursor:end]
    if not start <= cursor <= end or len(inserted) < len(left) + len(right):
        return None
    if not inserted.startswith(left) or not inserted.endswith(right):
        return None
    return str(inserted[len(left) : len(inserted) - len(right)])


def n_matching(offered: str, due: str) -> int:
    """How many characters of an offer, from its first on, are what will stand there."""
    for n, (one, other) in enumerate(zip(offered, due, strict=False)):
        if one != other:
            return n
    return min(len(offered), len(due))
