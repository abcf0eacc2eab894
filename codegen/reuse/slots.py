"""Keeps the caches of requests that are over for those that begin with the same tokens.

A slot is a cache and the tokens that it holds. A request leases the slot whose beginning it shares
longest, truncated to what is shared: nothing is copied while somebody types. Where that would throw
away what another place of the same text needs, the shared beginning is copied instead.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from codegen.engine import KeptPrompts
from codegen.errors import CacheFull
from codegen.kv_cache import SequenceCache

MAX_SLOTS = 8
# Capacities are multiples of this, so that a text may grow without moving. What is reserved and
# not yet written costs no memory.
_ROUND_TOKENS = 1024
# What typing takes back anyway: the word at the cursor, and what was generated behind it.
_EXPENDABLE_TOKENS = 64


@dataclass(eq=False, slots=True)
class _Slot:
    """tokens: those that the cache holds; n_steady of them stay while the text is typed on."""

    cache: SequenceCache
    tokens: Sequence[int]
    n_steady: int
    last_use: int


@dataclass(slots=True)
class PrefixSlots:
    """The slots of one engine; used on the thread that holds the engine's lock."""

    new_cache: Callable[[int], SequenceCache]
    context_tokens: int
    _slots: list[_Slot] = field(default_factory=list)
    _clock: itertools.count[int] = field(default_factory=itertools.count)
    # Pages once written stay resident, however far a cache is truncated.
    _most_tokens: dict[int, int] = field(default_factory=dict)

    def lease(self, tokens: Sequence[int], n_new: int) -> SequenceCache:
        """A cache with room for `tokens` and `n_new` more; its length is what of them it holds.

        At least one token is left to read, as there is nothing to choose from without scores.

        Raises:
            CacheFull: there is no room, even with all slots given up.
        """
        needed = len(tokens) + n_new
        best, n_shared = self._longest(tokens)
        if best is None:
            return self.fresh(self._rounded(needed))
        n_lost = best.n_steady - n_shared
        fits = best.cache.capacity >= needed
        if fits and n_lost <= _EXPENDABLE_TOKENS:
            return self._taken(best, n_shared)
        best.last_use = next(self._clock)
        cache = self.fresh(self._rounded(needed), spared=best)
        if not cache.begin_like(best.cache, n_shared) and fits and n_shared >= n_lost:
            self.drop(cache)
            return self._taken(best, n_shared)
        return cache

    def fresh(self, capacity: int, spared: _Slot | None = None) -> SequenceCache:
        """An empty cache; slots are given up, the longest unused first, until there is room.

        Raises:
            CacheFull: there is no room, even with all slots given up but the spared one.
        """
        while True:
            try:
                return self.new_cache(capacity)
            except CacheFull:
                if not self._give_up_one(spared):
                    raise

    def keep(
        self, cache: SequenceCache, tokens: Sequence[int], n_steady: int, max_bytes: int
    ) -> None:
        """Takes a cache back that holds the first of `tokens`, within a limit of memory."""
        if not cache.length:
            self.drop(cache)
            return
        # A stop inside an accepted draft leaves more in the cache than was written.
        cache.truncate(min(cache.length, len(tokens)))
        held = tuple(tokens[: cache.length])
        slot = _Slot(cache, held, min(n_steady, len(held)), next(self._clock))
        self._slots.append(slot)
        self._note(cache)
        self._forget_what_another_holds(slot)
        while len(self._slots) > MAX_SLOTS or self.kept.n_bytes > max_bytes:
            if not self._give_up_one(None):
                return

    def drop(self, cache: SequenceCache) -> None:
        """Gives back a cache that is not kept."""
        self._most_tokens.pop(id(cache), None)
        cache.release()

    def clear(self) -> None:
        """Gives up all slots."""
        while self._give_up_one(None):
            pass

    @property
    def kept(self) -> KeptPrompts:
        """What is held now; may be read on any thread."""
        slots = list(self._slots)
        return KeptPrompts(
            n_slots=len(slots),
            n_tokens=sum(len(slot.tokens) for slot in slots),
            n_bytes=sum(self._bytes_of(slot) for slot in slots),
        )

    def _longest(self, tokens: Sequence[int]) -> tuple[_Slot | None, int]:
        asked = tuple(tokens)
        shared = [
            (min(n_common(slot.tokens, asked), len(asked) - 1), slot.last_use, slot)
            for slot in self._slots
        ]
        if not shared:
            return None, 0
        n_shared, _, best = max(shared, key=lambda found: found[:2])
        return (best, n_shared) if n_shared > 0 else (None, 0)

    def _taken(self, slot: _Slot, n_shared: int) -> SequenceCache:
        self._slots.remove(slot)
        slot.cache.truncate(n_shared)
        return slot.cache

    def _forget_what_another_holds(self, slot: _Slot) -> None:
        """Drops slots whose every steady token the new one has too."""
        for other in [s for s in self._slots if s is not slot]:
            if n_common(other.tokens, slot.tokens) >= max(other.n_steady, 1):
                self._slots.remove(other)
                self.drop(other.cache)

    def _give_up_one(self, spared: _Slot | None) -> bool:
        candidates = [slot for slot in self._slots if slot is not spared]
        if not candidates:
            return False
        oldest = min(candidates, key=lambda slot: slot.last_use)
        self._slots.remove(oldest)
        self.drop(oldest.cache)
        return True

    def _note(self, cache: SequenceCache) -> None:
        self._most_tokens[id(cache)] = max(self._most_tokens.get(id(cache), 0), cache.length)

    def _bytes_of(self, slot: _Slot) -> int:
        n_tokens = max(self._most_tokens.get(id(slot.cache), 0), slot.cache.length)
        return n_tokens * slot.cache.bytes_per_token

    def _rounded(self, n_tokens: int) -> int:
        whole = -(-n_tokens // _ROUND_TOKENS) * _ROUND_TOKENS
        return max(n_tokens, min(whole, self.context_tokens))


def n_common(a: Sequence[int], b: Sequence[int]) -> int:
    """How many tokens two sequences share at their beginning."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
