"""Where in a text a flow from the network may do grave harm, by the look of its parts."""

from __future__ import annotations

import functools

from analyzers.bounded_cache import BoundedCache
from analyzers.registry import RegisteredRule, rules, rules_for
from analyzers.relevance import follows_data, may_be_sure
from analyzers.vocabulary import vocabulary

_CACHED_CHARS = 4_000_000
# The rule that looks at what a function answers, which is no call.
_OF_ANSWERS = "cross-site-scripting"


def may_end(text: str, names: frozenset[str]) -> bool:
    """Whether a part of a text may be where a flow from the network does grave harm.

    names: those of the whole text that are no attributes.
    """
    firsts = _ends.get(text, _look_for_ends)
    return firsts is None or not firsts.isdisjoint(names)


def may_be_answered(names: frozenset[str]) -> bool:
    """Whether what a function of a text with these names answers may be sent as a page."""
    calls = rules()[_OF_ANSWERS].calls
    return calls is None or not calls.plain.isdisjoint(names)


@functools.cache
def _following() -> tuple[RegisteredRule, ...]:
    return tuple(each for each in rules_for("python") if follows_data(each))


def _look_for_ends(text: str) -> frozenset[str] | None:
    """The first parts of dotted names of which a call may be here; None if it needs none."""
    said = vocabulary([text])
    firsts: set[str] = set()
    for each in _following():
        if not may_be_sure(each):
            continue
        calls = each.calls
        if calls is None:
            if not said.words.isdisjoint(each.rule.words):
                return None
            continue
        called = said.called
        if each.rule.name == _OF_ANSWERS and "wfile" not in called:
            # What is written to is a page for Tornado alone.
            firsts |= {"tornado"} if "write" in called else set()
            called -= {"write"}
        if calls.may_stand_in(said.names, called, _NO_NAMES):
            return None
        for last in calls.dotted.keys() & (said.names | said.called):
            firsts |= calls.dotted[last]
    return frozenset(firsts)


_NO_NAMES = frozenset[str]()
_ends: BoundedCache[frozenset[str] | None] = BoundedCache(_CACHED_CHARS)
