"""One pool of cache positions that all sequences share, each holding a stretch of it.

A captured graph has the addresses of what it reads built in. The pool's never change; where in it a
sequence begins is a number on the device, so one graph serves every sequence.
"""

from __future__ import annotations

import torch

from codegen.kv_cache import SequenceCache
from codegen.model_config import ModelConfig
from kernels.step import LayerCache

# A step of more tokens than a sequence has writes the rest behind its end.
MARGIN = 64
# The pool's first positions belong to no sequence: there the padding of a batch writes, and every
# step while it is captured. The longest step has as many tokens.
SPARE = 512


class KvPool:
    """Keys and values of all layers. Shapes: [n_layers, G, positions, D]."""

    def __init__(
        self, config: ModelConfig, n_positions: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        """Reserves the memory, and `SPARE` positions more."""
        shape = (config.n_layers, config.n_kv_heads, n_positions + SPARE, config.head_dim)
        self.keys = torch.zeros(shape, dtype=dtype, device=device)
        self.values = torch.zeros(shape, dtype=dtype, device=device)
        self.n_positions = n_positions
        self._taken: list[tuple[int, int]] = []

    def layer(self, i: int) -> LayerCache:
        """One layer's views."""
        return LayerCache(self.keys[i], self.values[i])

    def take(self, capacity: int) -> PoolCache | None:
        """A stretch for one sequence, the first that fits; None while there is none."""
        size = capacity + MARGIN
        start = SPARE
        for i, (taken, length) in enumerate(self._taken):
            if taken - start >= size:
                self._taken.insert(i, (start, size))
                return PoolCache(self, start, capacity)
            start = taken + length
        if self.n_positions + SPARE - start < size:
            return None
        self._taken.append((start, size))
        return PoolCache(self, start, capacity)

    def give_back(self, base: int) -> None:
        """Frees a sequence's stretch."""
        self._taken = [stretch for stretch in self._taken if stretch[0] != base]


def positions_for(config: ModelConfig, device: torch.device, at_least: int, wanted: int) -> int:
    """How many positions to reserve: what is wanted, within half of the device's free memory."""
    if device.type != "cuda":
        return at_least
    free, _ = torch.cuda.mem_get_info(device)
    # Keys and values of two bytes each.
    bytes_each = 4 * config.n_layers * config.n_kv_heads * config.head_dim
    return max(at_least, min(wanted, free // 2 // bytes_each))


class PoolCache(SequenceCache):
    """One sequence's part of the pool; gives it back when it is dropped."""

    def __init__(self, pool: KvPool, base: int, capacity: int) -> None:
        """Begins empty at `base`."""
        super().__init__(capacity)
        self._pool: KvPool | None = pool
        self.base = base

    def release(self) -> None:
        """Frees the stretch, once: after that it may be another sequence's."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.give_back(self.base)

    def __del__(self) -> None:
        self.release()
