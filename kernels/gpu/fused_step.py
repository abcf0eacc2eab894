# mypy: ignore-errors
"""The decode step's operations on the GPU, chosen by the weight's format and the number of rows.

Packed weights and few rows go through one fused launch each. Many rows, or unpacked weights, go
through the vendor library and a pass over its result; packed weights are unpacked for it one matrix
at a time, into scratch memory that all of them share.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.
from torch.nn.attention.bias import causal_lower_right

from kernels.gpu.cache_read import read_positions
from kernels.gpu.cache_write import write_quantized
from kernels.gpu.decode_attention import pool_attention
from kernels.gpu.ends import choose_best, embed
from kernels.gpu.finish import finish_add, finish_gate_up, finish_qkv
from kernels.gpu.packed_matmul import packed_add, packed_gate_up, packed_qkv, packed_scores
from kernels.gpu.sampling import draw_tokens
from kernels.gpu.unpack import unpack_float16
from kernels.step import (
    ACTIVATION_SCALE,
    Draws,
    LayerCache,
    Places,
    Projection,
    Shape,
    Slots,
    Stream,
)

# Above this the vendor library on unpacked weights is faster (kernels/NOTES.md).
MOST_PACKED_ROWS = 64


class FusedStep:
    """Implements `kernels.step.StepOperations` with Triton kernels and the vendor library."""

    def __init__(self) -> None:
        """Starts without scratch memory; the first large matmul brings it."""
        self._scratch: Tensor | None = None
        # Where rows lie before they are rounded to 8 bits; the same in all layers of a pass.
        self._row_places: Places | None = None

    def start(self, token_ids: Tensor, table: Tensor, norm: Tensor) -> Stream:
        """One launch."""
        self._row_places = None
        return embed(token_ids, table, norm)

    def qkv(
        self,
        stream: Stream,
        projection: Projection,
        shape: Shape,
        places: Places,
        cache: LayerCache,
    ) -> Tensor:
        """One launch for packed weights and few rows; one more for a cache of 8 bits."""
        if cache.key_scales is not None:
            rows = _rows_for(places, cache, stream.x)
            if self._row_places is None:
                self._row_places = _in_order(places)
            query = self.qkv(stream, projection, shape, self._row_places, rows)
            write_quantized(rows, places, cache)
            return query
        if self._is_packed(stream.x, projection):
            return packed_qkv(stream, projection, shape, places, cache)
        y = self._dense(stream.x, projection)
        return finish_qkv(y, stream, projection.bias, shape, places, cache)

    def attend(self, query: Tensor, places: Places, cache: LayerCache) -> Tensor:
        """One launch."""
        return pool_attention(query, places, cache)

    def attend_many(self, query: Tensor, start: int, slots: Slots, cache: LayerCache) -> Tensor:
        """The vendor's attention of one sequence's many tokens, whose place the host knows.

        Shapes: query [T, H, D] -> [T, H * D] float16.
        """
        T, H, _ = query.shape
        if isinstance(slots, slice) and cache.key_scales is None:
            keys, values = cache.keys[:, slots], cache.values[:, slots]
        else:
            if isinstance(slots, slice):
                slots = torch.arange(slots.start, slots.stop, device=query.device)
            keys, values = read_positions(cache, slots)
        out = F.scaled_dot_product_attention(
            query.transpose(0, 1)[None],
            keys[None],
            values[None],
            attn_mask=None if start == 0 else causal_lower_right(T, start + T),
            is_causal=start == 0,
            enable_gqa=keys.shape[0] != H,
        )
        return out[0].transpose(0, 1).flatten(1).mul_(ACTIVATION_SCALE).to(torch.float16)

    def add(self, stream: Stream, x: Tensor, projection: Projection, norm: Tensor) -> None:
        """One launch for packed weights and few rows."""
        if self._is_packed(x, projection):
            packed_add(stream, x, projection, norm)
        else:
            finish_add(stream, self._dense(x, projection), norm)

    def gate_up(self, stream: Stream, projection: Projection, shape: Shape) -> Tensor:
        """One launch for packed weights and few rows."""
        if self._is_packed(stream.x, projection):
            return packed_gate_up(stream, projection, shape)
        return finish_gate_up(self._dense(stream.x, projection), stream, shape)

    def choose(
        self,
        stream: Stream,
        projection: Projection,
        shape: Shape,
        token_ids: Tensor | None = None,
        starts: Tensor | None = None,
        draws: Draws | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Two launches for packed weights, five with draws; the rest as in `choose_best`."""
        if isinstance(projection.weight, Tensor):
            scale = torch.rsqrt(stream.squares.sum(0)[:, None] / shape.C + shape.rms_eps)
            logits = F.linear(stream.x, projection.weight).float() * (scale / ACTIVATION_SCALE)
            best, best_ids = logits.max(-1, keepdim=True)
            best_ids = best_ids.int()
        else:
            logits, best, best_ids = packed_scores(stream, projection, shape)
        if draws is not None:
            best, best_ids = draw_tokens(
                logits, best, draws.temperatures, draws.top_ps, draws.seeds, starts
            )
        return logits, choose_best(best, best_ids, token_ids, starts)

    def _is_packed(self, x: Tensor, projection: Projection) -> bool:
        return not isinstance(projection.weight, Tensor) and x.shape[0] <= MOST_PACKED_ROWS

    def _dense(self, x: Tensor, projection: Projection) -> Tensor:
        weight = projection.weight
        if isinstance(weight, Tensor):
            return F.linear(x, weight)
        size = weight.n_rows * weight.n_columns
        if self._scratch is None or self._scratch.numel() < size:
            self._scratch = torch.empty(size, dtype=torch.float16, device=x.device)
        return F.linear(x, unpack_float16(weight, projection.n_pairs, self._scratch))


def _rows_for(places: Places, cache: LayerCache, x: Tensor) -> LayerCache:
    """Room for the new tokens' keys and values in 16 bits, one row a token."""
    G, _, D = cache.keys.shape
    keys, values = torch.empty(2, G, places.n_rows, D, dtype=torch.float16, device=x.device)
    return LayerCache(keys, values)


def _in_order(places: Places) -> Places:
    """The same tokens at the same positions, but written one behind the other."""
    order = torch.arange(places.starts.shape[0], device=places.starts.device) * places.n_new
    return replace(places, bases=order - places.starts, pages=None, page_size=0)
