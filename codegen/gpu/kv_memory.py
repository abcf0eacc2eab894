"""The memory of a pool: keys and values of all layers, position by position, in 16 or 8 bits.

All heads of a position lie side by side, so that a short sequence's keys of a layer share a few
pages of the device's memory; kept head by head they would lie megabytes apart.
"""

from __future__ import annotations

import torch
from torch import Tensor

from codegen.choice import CacheFormat
from codegen.model_config import ModelConfig
from kernels.step import LayerCache, Slots

_DTYPES = {"float16": torch.float16, "int8": torch.int8, "fp8": torch.float8_e4m3fn}


class KvMemory:
    """Positions of a cache format; who owns which is for a pool to know.

    Shapes: keys and values [n_layers, positions, G, D], their scales [n_layers, G, positions]
    float32 for formats of 8 bits.
    """

    def __init__(
        self,
        config: ModelConfig,
        n_positions: int,
        cache_format: CacheFormat,
        device: torch.device,
    ) -> None:
        """Reserves the memory, all of it zeros: attention may read what nobody has written."""
        # Qwen's key biases reach hundreds: float16 has the range for them and eight times the
        # precision of bfloat16. Off the GPU plain torch computes in float32.
        dtype = _DTYPES[cache_format]
        if cache_format == "float16" and device.type != "cuda":
            dtype = torch.float32
        shape = (config.n_layers, n_positions, config.n_kv_heads, config.head_dim)
        self.keys = torch.zeros(shape, dtype=dtype, device=device)
        self.values = torch.zeros(shape, dtype=dtype, device=device)
        self._scales: Tensor | None = None
        if cache_format != "float16":
            scales = (2, config.n_layers, config.n_kv_heads, n_positions)
            self._scales = torch.zeros(scales, dtype=torch.float32, device=device)

    def layer(self, i: int) -> LayerCache:
        """One layer's views."""
        keys, values = self.keys[i].transpose(0, 1), self.values[i].transpose(0, 1)
        if self._scales is None:
            return LayerCache(keys, values)
        return LayerCache(keys, values, self._scales[0, i], self._scales[1, i])

    @torch.inference_mode()
    def copy(self, source: Slots, target: Slots) -> None:
        """Copies positions of all layers to as many others."""
        for pool in (self.keys, self.values):
            # As bytes, because not every device indexes numbers of 8 bits.
            numbers = pool.view(torch.uint8) if pool.element_size() == 1 else pool
            numbers[:, target] = numbers[:, source].clone()
        if self._scales is not None:
            self._scales[..., target] = self._scales[..., source].clone()


def bytes_per_position(config: ModelConfig, cache_format: CacheFormat) -> int:
    """What one position of all layers takes on a GPU."""
    heads = 2 * config.n_layers * config.n_kv_heads
    if cache_format == "float16":
        return heads * config.head_dim * 2
    return heads * (config.head_dim + 4)
