"""Where an editor can stop inside an offered text, taking it word by word or line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Editors disagree on what a word is: for VS Code all but its list of separators, for Vim what
# 'iskeyword' says, for Lua's patterns letters and digits without the underscore. Each of them stops
# only where one of these runs ends.
_RUN = re.compile(
    r"\r?\n"  # A line is taken with its end or without.
    r"|[^\S\n]+"
    r"|_+"
    r"|[^\W_]+"
    r"|[!-/:-@\[-^`{-~]+"
    r"|[^\x00-\x7f\w\s]+"
    r"|."
)

# VS Code takes a number with its sign and point as one word, wherever in a run it begins.
_POINT = re.compile(r"\.\d")


def boundaries(text: str) -> tuple[int, ...]:
    """The lengths of the proper prefixes that an editor can insert, in order."""
    ends = {run.end() for run in _RUN.finditer(text)}
    ends |= set(_numbers(text))
    return tuple(sorted(ends - {0, len(text)}))


def _numbers(text: str) -> Iterator[int]:
    """Where each match of `-?\\d*\\.\\d` begins; digits without a point are read once."""
    behind = 0
    for point in _POINT.finditer(text):
        start = point.start()
        while start > behind and text[start - 1].isdecimal():
            start -= 1
        if start > behind and text[start - 1] == "-":
            start -= 1
        behind = point.end()
        yield start
