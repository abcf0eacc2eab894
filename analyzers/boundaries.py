"""Where an editor can stop inside an offered text, taking it word by word or line by line."""

from __future__ import annotations

import re

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
_NUMBER = re.compile(r"-?\d*\.\d")


def boundaries(text: str) -> tuple[int, ...]:
    """The lengths of the proper prefixes that an editor can insert, in order."""
    ends = {run.end() for run in _RUN.finditer(text)}
    ends |= {number.start() for number in _NUMBER.finditer(text)}
    return tuple(sorted(ends - {0, len(text)}))
