"""Slots: which cache a prompt gets, what is copied and what is given up."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codegen.errors import CacheFull
from codegen.kv_cache import SequenceCache
from codegen.reuse.slots import MAX_SLOTS, PrefixSlots, n_common

PLENTY = 1 << 40


class NotedCache(SequenceCache):
    """Remembers the tokens that a decoder would have written."""

    bytes_per_token = 10

    def __init__(self, capacity: int, memory: Memory) -> None:
        super().__init__(capacity)
        self.memory = memory
        self.written: list[int] = []
        self.is_released = False

    def read(self, tokens: list[int]) -> None:
        self.require_room(len(tokens))
        self.written[self.length :] = tokens
        self.advance(len(tokens))

    def begin_like(self, other: SequenceCache, n_tokens: int) -> bool:
        assert isinstance(other, NotedCache)
        if not self.memory.can_copy:
            return False
        self.written, self.length = other.written[:n_tokens], n_tokens
        self.memory.n_copies += 1
        return True

    def release(self) -> None:
        assert not self.is_released
        self.is_released = True
        self.memory.n_live -= 1


@dataclass
class Memory:
    """Where the caches come from; `room` is how many there may be at once."""

    room: int = 1000
    can_copy: bool = True
    n_live: int = 0
    n_copies: int = 0
    capacities: list[int] = field(default_factory=list)

    def new_cache(self, capacity: int) -> NotedCache:
        if self.n_live >= self.room:
            raise CacheFull("no room")
        self.n_live += 1
        self.capacities.append(capacity)
        return NotedCache(capacity, self)


def play(
    slots: PrefixSlots, tokens: list[int], n_steady: int | None = None, limit: int = PLENTY
) -> int:
    """One request: leases, reads what is missing, keeps; returns what was reused."""
    cache = slots.lease(tokens, 5)
    assert isinstance(cache, NotedCache)
    n_reused = cache.length
    assert cache.written[:n_reused] == tokens[:n_reused]
    assert cache.capacity >= len(tokens) + 5
    cache.read(tokens[n_reused:])
    slots.keep(cache, tokens, len(tokens) if n_steady is None else n_steady, limit)
    return n_reused


def test_a_text_that_grows_stays_in_its_slot_and_nothing_is_copied() -> None:
    memory = Memory()
    slots = PrefixSlots(memory.new_cache, 4096)
    text = list(range(300))
    assert play(slots, text) == 0
    for n in range(301, 340):
        text.append(n)
        assert play(slots, [*text, -1], n_steady=len(text)) == n - 1
    assert (memory.n_live, memory.n_copies) == (1, 0)


def test_one_token_is_always_left_to_read() -> None:
    slots = PrefixSlots(Memory().new_cache, 4096)
    play(slots, [1, 2, 3])
    assert play(slots, [1, 2, 3]) == 2


def test_another_place_of_a_text_gets_a_copy_and_both_are_kept() -> None:
    memory = Memory()
    slots = PrefixSlots(memory.new_cache, 4096)
    play(slots, list(range(1000)))
    assert play(slots, [*range(400), -1]) == 400
    assert (memory.n_copies, slots.kept.n_slots) == (1, 2)
    assert play(slots, [*range(1000), -2]) == 1000


def test_without_copies_a_cache_goes_to_who_shares_most_of_it() -> None:
    memory = Memory(can_copy=False)
    slots = PrefixSlots(memory.new_cache, 4096)
    play(slots, list(range(1000)))
    assert play(slots, [*range(400), -1]) == 0
    assert slots.kept.n_slots == 2
    assert play(slots, [*range(600), -1]) == 600
    assert (memory.n_live, slots.kept.n_slots) == (2, 2)


def test_two_texts_have_a_slot_each() -> None:
    slots = PrefixSlots(Memory().new_cache, 4096)
    first, second = list(range(200)), list(range(500, 700))
    play(slots, first)
    play(slots, second)
    assert play(slots, [*first, 1]) == 200
    assert play(slots, [*second, 1]) == 200


def test_the_longest_unused_goes_first() -> None:
    slots = PrefixSlots(Memory().new_cache, 4096)
    texts = [[n * 1000 + i for i in range(50)] for n in range(MAX_SLOTS + 1)]
    for text in texts[:-1]:
        play(slots, text)
    play(slots, [*texts[0], 1])
    play(slots, texts[-1])
    assert play(slots, [*texts[0], 1, 2]) == 51
    assert play(slots, texts[1]) == 0


def test_memory_stays_within_its_limit_by_what_was_ever_written() -> None:
    memory = Memory()
    slots = PrefixSlots(memory.new_cache, 4096)
    play(slots, list(range(100)), limit=2000)
    play(slots, list(range(500, 600)), limit=2000)
    assert slots.kept.n_bytes == 2000
    play(slots, [900], limit=2000)
    assert slots.kept.n_bytes == 1010
    assert play(slots, [*range(500, 540), 3], limit=2000) == 40
    assert play(slots, [*range(500, 510), 4], limit=2000) == 10
    assert slots.kept.n_bytes == 1010, "truncation gives no page back"
    play(slots, [7, 8], limit=0)
    assert (slots.kept.n_slots, memory.n_live) == (0, 0)


def test_a_full_pool_gives_up_slots_before_it_says_no() -> None:
    memory = Memory(room=2)
    slots = PrefixSlots(memory.new_cache, 4096)
    play(slots, [1, 2, 3])
    play(slots, [4, 5, 6])
    held = slots.fresh(10)
    assert slots.kept.n_slots == 1
    slots.fresh(10)
    with pytest.raises(CacheFull):
        slots.fresh(10)
    slots.drop(held)
    slots.fresh(10)


def test_a_text_too_long_for_its_slot_moves() -> None:
    memory = Memory()
    slots = PrefixSlots(memory.new_cache, 1500)
    play(slots, list(range(1000)))
    assert play(slots, list(range(1100))) == 1000
    assert memory.capacities == [1024, 1500]
    assert slots.kept.n_slots == 1, "the shorter beginning is of no more use"


def test_a_cancelled_request_keeps_what_was_read() -> None:
    slots = PrefixSlots(Memory().new_cache, 4096)
    text = list(range(400))
    cache = slots.lease(text, 5)
    assert isinstance(cache, NotedCache)
    cache.read(text[:256])
    slots.keep(cache, text, 400, PLENTY)
    assert play(slots, text) == 256


TEXTS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 40), st.lists(st.integers(0, 2), max_size=60)),
    max_size=25,
)


@given(TEXTS, st.booleans(), st.integers(0, 3000))
def test_whatever_is_asked_a_cache_holds_the_beginning_of_what_was_asked(
    asked: list[tuple[str, int, list[int]]], can_copy: bool, limit: int
) -> None:
    memory = Memory(can_copy=can_copy)
    slots = PrefixSlots(memory.new_cache, 4096)
    for name, n, tail in asked:
        tokens = [ord(name) * 1000 + i for i in range(n)] + tail + [9]
        play(slots, tokens, n_steady=n, limit=limit)
        assert slots.kept.n_bytes <= limit
        assert slots.kept.n_slots == memory.n_live <= MAX_SLOTS
    slots.clear()
    assert memory.n_live == 0


@given(st.lists(st.integers(0, 1)), st.lists(st.integers(0, 1)))
def test_the_common_beginning_is_that_of_a_walk(a: list[int], b: list[int]) -> None:
    n = 0
    while n < min(len(a), len(b)) and a[n] == b[n]:
        n += 1
    assert n_common(a, b) == n
