"""The keys and values of one sequence as the CPU's kernels read them."""

from __future__ import annotations

import numpy as np

from codegen.kv_cache import SequenceCache
from codegen.model_config import ModelConfig
from kernels.cpu.library import LANES


class CpuCache(SequenceCache):
    """Float32: Qwen's key biases reach hundreds, and keys of fewer bits would cost accuracy.

    Shapes: keys [layers, G, room / 16, D, 16], so that 16 keys are scored by one instruction;
    values [layers, G, room, D padded to 16]. The room is the capacity in whole blocks of 16.
    """

    def __init__(self, config: ModelConfig, capacity: int) -> None:
        """Reserves room for `capacity` tokens; the memory is touched only as it fills."""
        super().__init__(capacity)
        D = config.head_dim
        blocks = -(-capacity // LANES)
        self.room = blocks * LANES
        layers = (config.n_layers, config.n_kv_heads)
        self.keys = np.zeros((*layers, blocks, D, LANES), dtype=np.float32)
        self.values = np.zeros((*layers, self.room, -(-D // LANES) * LANES), dtype=np.float32)
        self.bytes_per_token = (self.keys.nbytes + self.values.nbytes) // max(self.room, 1)

    def begin_like(self, other: SequenceCache, n_tokens: int) -> bool:
        """Copies the first tokens of another sequence of the same model."""
        assert isinstance(other, CpuCache), "a cache of another decoder"
        if not 0 <= n_tokens <= min(other.length, self.capacity):
            raise ValueError(f"cannot take {n_tokens} of {other.length} cached tokens")
        blocks = -(-n_tokens // LANES)
        self.keys[:, :, :blocks] = other.keys[:, :, :blocks]
        self.values[:, :, :n_tokens] = other.values[:, :, :n_tokens]
        self.length = n_tokens
        return True
