"""The real name that somebody meant who wrote one that does not exist."""

from __future__ import annotations

import functools

from rapidfuzz.distance import OSA

from analyzers.imports.catalogue import popular_imports, standard
from analyzers.imports.folders import Modules

_FAMOUS = 1500
_COMMON = 15_000
_LOOKALIKES = (("0", "o"), ("1", "l"), ("5", "s"), ("rn", "m"), ("vv", "w"))


@functools.lru_cache(maxsize=1024)
def slip_of(name: str) -> str | None:
    """The famous module of which `name` is a slip of the fingers, or made to look like one.

    A slip swaps two neighbours, doubles a letter or drops one of a pair, drops, adds or changes one
    in the middle, or writes a digit for a letter. An ending that makes another word (a plural, a
    number) is none, and a short name is near to too many.
    """
    if len(name) < 5:
        return None
    lengths = range(len(name) - 1, len(name) + 2)
    for famous in _famous():
        if famous[0] == name[0] and len(famous) in lengths and _is_slip(name, famous):
            return famous
    swapped = name
    for wrong, right in _LOOKALIKES:
        swapped = swapped.replace(wrong, right)
    if swapped != name and swapped in _famous_set():
        return swapped
    return None


@functools.lru_cache(maxsize=256)
def nearest(name: str, beside: tuple[Modules, ...] = ()) -> str | None:
    """The module one letter away, or two from a longer name: of `beside`, else of all known."""
    cutoff = 1 if len(name) < 6 else 2
    if len(name) < 4:
        return None
    for names in (*map(tuple, beside), _standard(), popular_imports(_COMMON)):
        near = [one for one in names if abs(len(one) - len(name)) <= cutoff]
        far = cutoff + 1
        distance, found = min(
            ((OSA.distance(name.lower(), one.lower(), score_cutoff=cutoff), one) for one in near),
            default=(far, ""),
        )
        if distance < far:
            return found
    return None


def _is_slip(name: str, famous: str) -> bool:
    if len(famous) < 5 or OSA.distance(name, famous, score_cutoff=1) != 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(name, famous, strict=False)) if a != b), None)
    if at is None:
        longer = max(name, famous, key=len)  # One is the other with an ending.
        return longer[-1] == longer[-2]
    if len(name) == len(famous):
        if name[at + 1 : at + 2] == famous[at : at + 1] != name[at : at + 1]:
            return True
        return len(name) >= 8 and at < len(name) - 1
    longer = max(name, famous, key=len)
    return longer[at] in (longer[at - 1], longer[at + 1 : at + 2]) or len(famous) >= 6


@functools.cache
def _famous() -> tuple[str, ...]:
    public = (name for name in _standard() if not name.startswith("_"))
    names = dict.fromkeys((*public, *popular_imports(_FAMOUS)))
    return tuple(name for name in names if len(name) >= 5)


@functools.cache
def _famous_set() -> frozenset[str]:
    return frozenset(_famous())


@functools.cache
def _standard() -> tuple[str, ...]:
    return tuple(sorted(standard()))
