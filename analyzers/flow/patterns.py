"""Regular expressions: whether they let only plain signs through."""

from __future__ import annotations

import functools
import re
from typing import Final

_CLASS: Final = re.compile(r"\[(\^?)(\]?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_MEMBER: Final = re.compile(r"(\\.|.)(?:-(\\.|.))?", re.DOTALL)
# Signs that mean something to a shell, a query, a page, a path or a program.
_SIGNS: Final = frozenset("\"'`;|&<>/\\$\n")
_PLAIN_ESCAPES: Final = frozenset("wdsb")


@functools.lru_cache(maxsize=256)
def is_restrictive(pattern: str) -> bool:
    """Whether a regular expression lets no quote, slash or other sign through."""
    inner = re.sub(r"\\[AzZbB]|^\^|\$$", "", pattern)
    for match in _CLASS.finditer(inner):
        if match[1] or not is_plain_class(match[2]):
            return False
    outside = _CLASS.sub("a", inner)
    if re.search(r"(?<!\\)\.|\\[SWD]|\||\\[xu0]", outside):
        return False
    return not re.search(r"[\"'`;|&<>/\\](?![wdsA-Za-z.\-])", outside)


def is_plain_class(members: str) -> bool:
    """Whether `[...]` holds no sign, also not between the ends of its ranges."""
    for match in _MEMBER.finditer(members):
        first, last = match[1], match[2]
        if last is None:
            if not _is_plain(first):
                return False
            continue
        low, high = first.removeprefix("\\"), last.removeprefix("\\")
        if not low or not high or any(low <= sign <= high for sign in _SIGNS):
            return False
    return True


def _is_plain(member: str) -> bool:
    if len(member) == 2:
        letter = member[1]
        return letter in _PLAIN_ESCAPES or not (letter.isalnum() or letter in _SIGNS)
    return member not in _SIGNS
