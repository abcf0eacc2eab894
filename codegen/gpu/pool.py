"""One pool of cache positions that all sequences share, each holding a stretch of it.

A captured graph has the addresses of what it reads built in. The pool's never change; where in it a
sequence begins is a number on the device, so one graph serves every sequence.
"""

from __future__ import annotations

from typing import Protocol

import torch

from codegen.choice import CacheFormat
from codegen.gpu.kv_memory import KvMemory, bytes_per_position
from codegen.kv_cache import SequenceCache
from codegen.model_config import ModelConfig
from kernels.step import LayerCache

# A step of more tokens than a sequence has writes the rest behind its end.
MARGIN = 64
# The pool's first positions belong to no sequence: there the padding of a batch writes, and every
# step while it is captured. The longest step has as many tokens.
SPARE = 512


class PoolCache(SequenceCache):
    """One sequence's part of a pool: from `base` on, or on the pages of a table, which is empty
    where there are none.
    """

    base = 0

    def table(self) -> list[int]:
        """The page of every stretch of `page_size` positions, as long as the pool's tables are."""
        return []


class Pool(Protocol):
    """What a decoder asks of a pool, of stretches or of pages.

    page_size and table_width are 0 where there are no pages.
    """

    n_positions: int
    page_size: int
    table_width: int

    def layer(self, i: int) -> LayerCache:
        """One layer's views."""
        ...

    def take(self, capacity: int) -> PoolCache | None:
        """Room for one sequence; None while there is none."""
        ...


class KvPool:
    """A pool of stretches."""

    page_size = 0
    table_width = 0

    def __init__(
        self,
        config: ModelConfig,
        n_positions: int,
        device: torch.device,
        cache_format: CacheFormat = "float16",
    ) -> None:
        """Reserves the memory, and `SPARE` positions more."""
        self.memory = KvMemory(config, n_positions + SPARE, cache_format, device)
        self.n_positions = n_positions
        self._taken: list[tuple[int, int]] = []

    def layer(self, i: int) -> LayerCache:
        """One layer's views."""
        return self.memory.layer(i)

    def take(self, capacity: int) -> StretchCache | None:
        """A stretch for one sequence, the first that fits; None while there is none."""
        size = capacity + MARGIN
        start = SPARE
        for i, (taken, length) in enumerate(self._taken):
            if taken - start >= size:
                self._taken.insert(i, (start, size))
                return StretchCache(self, start, capacity)
            start = taken + length
        if self.n_positions + SPARE - start < size:
            return None
        self._taken.append((start, size))
        return StretchCache(self, start, capacity)

    def give_back(self, base: int) -> None:
        """Frees a sequence's stretch."""
        self._taken = [stretch for stretch in self._taken if stretch[0] != base]


class StretchCache(PoolCache):
    """One sequence's stretch; gives it back when it is dropped."""

    def __init__(self, pool: KvPool, base: int, capacity: int) -> None:
        """Begins empty at `base`."""
        super().__init__(capacity)
        self._pool: KvPool | None = pool
        self.base = base

    def begin_like(self, other: SequenceCache, n_tokens: int) -> bool:
        """Copies the first tokens of another sequence of the same pool."""
        assert isinstance(other, StretchCache), "a cache of another decoder"
        require_part(self, other, n_tokens)
        assert self._pool is not None, "a cache that was released"
        self._pool.memory.copy(
            slice(other.base, other.base + n_tokens), slice(self.base, self.base + n_tokens)
        )
        self.length = n_tokens
        return True

    def release(self) -> None:
        """Frees the stretch, once: after that it may be another sequence's."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.give_back(self.base)

    def __del__(self) -> None:
        self.release()


def require_part(own: SequenceCache, other: SequenceCache, n_tokens: int) -> None:
    """Raises ValueError unless `other` has so many tokens and `own` has room for them."""
    if not 0 <= n_tokens <= min(other.length, own.capacity):
        raise ValueError(f"cannot take {n_tokens} of {other.length} cached tokens")


def positions_for(
    config: ModelConfig,
    device: torch.device,
    at_least: int,
    wanted: int,
    cache_format: CacheFormat = "float16",
) -> int:
    """How many positions to reserve: what is wanted, within half of the device's free memory."""
    if device.type != "cuda":
        return at_least
    free, _ = torch.cuda.mem_get_info(device)
    bytes_each = bytes_per_position(config, cache_format)
    return max(at_least, min(wanted, free // 2 // bytes_each))
