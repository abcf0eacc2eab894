"""Cuts a model that goes round in circles."""

from __future__ import annotations

import re

_MOST_LINES_IN_CYCLE = 4
_REPEATS = 3
# In a line, where the limit may cut the last round, short circles must be seen more often.
_REPEATS_IN_LINE = 5
_REPEATS_OF_LONG_UNIT = 3
_LONG_UNIT = 16
_LONGEST_LINE = 2_000
_DANGLING = re.compile(
    r"(?:\s*(?:[,*/%=<>|&^~]|(?<!\+)\+|(?<!-)-|\b(?:and|or|not|in|is|if|else)\b))+\s*$"
)


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


def drop_dangling(text: str) -> str:
    """The text without operators and commas at its end that wait for more. Idempotent."""
    return _DANGLING.sub("", text).rstrip()


def _cut_in_line(text: str) -> str:
    """Cuts a circle, of any characters and any length, that the last line ends in.

    Only one that ran into the limit is a circle; a finished table of zeros is not, nor is a ruler
    such as "-----".
    """
    line = text[text.rfind("\n") + 1 :][-_LONGEST_LINE:]
    for size in range(2, len(line) // _REPEATS_OF_LONG_UNIT + 1):
        n_same = 0
        while n_same + size < len(line) and line[-1 - n_same] == line[-1 - n_same - size]:
            n_same += 1
        repeats = _REPEATS_OF_LONG_UNIT if size >= _LONG_UNIT else _REPEATS_IN_LINE
        start = len(line) - size - n_same
        unit = line[start : start + size]
        if n_same + size < repeats * size or len(set(unit)) == 1:
            continue
        if start == 0 and len(line) == len(text):
            return ""
        return drop_dangling(text[: len(text) - n_same])
    return text
