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


def boundaries(text: str) -> tuple[int, ...]:
    """The lengths of the proper prefixes that an editor can insert, in order."""
    return tuple(end for run in _RUN.finditer(text) if (end := run.end()) < len(text))
