"""Cuts a model that goes round in circles."""

from __future__ import annotations

import re

_MOST_LINES_IN_CYCLE = 4
_REPEATS = 3
# The same few characters over and over; rulers such as "-----" have no letter and are left alone.
_IN_LINE = re.compile(r"(.{2,40}?)\1{4,}")


def cut_repetition(text: str, line_above: str = "", is_truncated: bool = False) -> str:
    """Cuts after the first round of lines or, in truncated text, of words that repeat.

    Nothing is left where the circle began above the cursor already, or is all there is of a line.
    Idempotent.
    """
    lines = text.split("\n")
    rounds = [
        (start + _REPEATS * size, start, size)
        for start in range(len(lines))
        for size in range(1, _MOST_LINES_IN_CYCLE + 1)
        if lines[start].strip() and _is_cycle(lines, start, size)
    ]
    if not rounds:
        return _cut_in_line(text) if is_truncated else text
    # The circle that closes first is the one that a stream shows first.
    _, start, size = min(rounds)
    if start == 0 and lines[:size] == [line_above]:
        return ""
    return "\n".join(lines[: start + size])


def _is_cycle(lines: list[str], start: int, size: int) -> bool:
    end = start + _REPEATS * size
    return end <= len(lines) and lines[start : end - size] == lines[start + size : end]


def _cut_in_line(text: str) -> str:
    for match in _IN_LINE.finditer(text):
        unit = match.group(1)
        # Only a circle that ran into the limit is one; a finished table of zeros is not.
        rest = text[match.end() :]
        if any(char.isalnum() for char in unit) and unit.startswith(rest):
            return text[: match.start(1) + len(unit)] if match.start() else ""
    return text
