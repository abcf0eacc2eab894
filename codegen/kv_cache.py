"""The keys and values of one sequence, contiguous, grown by its owner's reservation."""

from __future__ import annotations

import torch
from torch import Tensor

from codegen.model_config import ModelConfig


class SequenceCache:
    """How far one sequence has got in the room reserved for it; decoders add where it lies.

    A forward pass advances the length once, at its end; a pass that is cancelled midway never
    advances, so that what it wrote is overwritten by the next one.

    bytes_per_token: what one more token costs; 0 where the memory is reserved anyway.
    """

    bytes_per_token = 0

    def __init__(self, capacity: int) -> None:
        """Begins empty, with room for `capacity` tokens."""
        self.capacity = capacity
        self.length = 0

    def require_room(self, n_tokens: int) -> None:
        """Raises ValueError if as many tokens more do not fit."""
        end = self.length + n_tokens
        if end > self.capacity:
            raise ValueError(f"{end} tokens do not fit a cache of {self.capacity}")

    def release(self) -> None:
        """Gives back what others may use now; the cache must not be written to afterwards."""

    def advance(self, n_tokens: int) -> None:
        """Counts tokens that every layer has written."""
        self.length += n_tokens

    def truncate(self, length: int) -> None:
        """Forgets everything from `length` on."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot keep {length} of {self.length} cached tokens")
        self.length = length

    def begin_like(self, other: SequenceCache, n_tokens: int) -> bool:
        """Takes over the first tokens of another sequence in place of all that is here.

        False, and nothing is changed, where this kind of cache cannot be copied.
        """
        return False


class KvCache(SequenceCache):
    """Keys and values of one sequence for all layers.

    Shapes: keys and values [n_layers, G, capacity, D].
    """

    def __init__(
        self, config: ModelConfig, capacity: int, dtype: torch.dtype, device: torch.device
    ) -> None:
        """Reserves room for `capacity` tokens; the memory is touched only as it fills."""
        super().__init__(capacity)
        shape = (config.n_layers, config.n_kv_heads, capacity, config.head_dim)
        self._keys = torch.empty(shape, dtype=dtype, device=device)
        self._values = torch.empty(shape, dtype=dtype, device=device)
        self.bytes_per_token = 2 * self._keys[:, :, :1].numel() * self._keys.element_size()

    def begin_like(self, other: SequenceCache, n_tokens: int) -> bool:
        """Copies the first tokens of another sequence of the same model."""
        assert isinstance(other, KvCache), "a cache of another decoder"
        if not 0 <= n_tokens <= min(other.length, self.capacity):
            raise ValueError(f"cannot take {n_tokens} of {other.length} cached tokens")
        self._keys[:, :, :n_tokens] = other._keys[:, :, :n_tokens]
        self._values[:, :, :n_tokens] = other._values[:, :, :n_tokens]
        self.length = n_tokens
        return True

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Writes the new tokens of one layer behind the cached ones and returns all of them.

        Shapes: keys and values [T, G, D] -> views [G, S, D] with S = length + T.
        """
        self.require_room(keys.shape[0])
        end = self.length + keys.shape[0]
        self._keys[layer, :, self.length : end] = keys.transpose(0, 1)
        self._values[layer, :, self.length : end] = values.transpose(0, 1)
        return self._keys[layer, :, :end], self._values[layer, :, :end]
