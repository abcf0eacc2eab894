"""Which words of rules a text has, put together from what is known of its parts."""

from __future__ import annotations

import functools
import re
from typing import Final

from analyzers.bounded_cache import BoundedCache
from analyzers.registry import rules

_CACHED_CHARS: Final = 4_000_000
# What stands at the left edge begins something; a long part is cut where a line is empty too.
_CUT: Final = re.compile(r"(?<=\n)(?=[^\s)}\]])")
_CUT_LONG: Final = re.compile(r"(?<=\n)(?=[ \t]*\r?\n)")
_LONG_CHARS: Final = 2_000


def words_said(lowered: str) -> frozenset[str]:
    """The words of all rules that a text has, which is given in lower case.

    No word goes on over the end of a line, so that the text can be cut there.
    """
    return frozenset[str]().union(*(_known.get(part, _words_in) for part in _parts(lowered)))


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    for part in _CUT.split(text):
        parts += _CUT_LONG.split(part) if len(part) > _LONG_CHARS else (part,)
    return parts


def _words_in(part: str) -> frozenset[str]:
    return frozenset(word for word in _words() if word in part)


@functools.cache
def _words() -> tuple[str, ...]:
    """Each word once of the rules for scripts and for text of any language."""
    found: dict[str, None] = {}
    for registered in rules().values():
        if not {"javascript", "typescript", "any"}.isdisjoint(registered.rule.languages):
            found |= dict.fromkeys(registered.rule.words)
    return tuple(found)


_known: BoundedCache[frozenset[str]] = BoundedCache(_CACHED_CHARS)
