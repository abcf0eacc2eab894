"""A small layer for the step's tests: weights of every format, a poisoned pool, sequences in it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from kernels.packing import pack, quantize
from kernels.packing8 import pack_int8, quantize_int8
from kernels.quantized_reference import Weight
from kernels.reference import rope_table
from kernels.step import LayerCache, Places, Projection, Shape
from kernels.step_reference import PlainStep

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
TWIN = PlainStep(dtype=torch.float32)
ROOM = 40
POOL = 200


@dataclass(frozen=True)
class Case:
    """One layer's shape and weight format."""

    shape: Shape
    kind: str

    def weight(self, N: int, K: int) -> Weight:
        dense: torch.Tensor = torch.randn(N, K, device=DEVICE) / math.sqrt(K)
        if self.kind == "int8":
            return pack_int8(*quantize_int8(dense))
        if self.kind == "bf16":
            return dense.half()
        codes, scales, zeros = quantize(dense, 32, symmetric=self.kind == "int4")
        return pack(codes, scales, None if self.kind == "int4" else zeros)

    def projection(self, N: int, K: int, n_pairs: int = 0, *, bias: bool = False) -> Projection:
        # Rows are random, so a weight made in paired order is as good as one that was reordered.
        values = torch.randn(N, device=DEVICE) * 3 if bias else None
        return Projection(self.weight(N, K), values, 0 if self.kind == "bf16" else n_pairs)

    def places(self, starts: list[int], n_new: int) -> Places:
        cos, sin = rope_table(64, self.shape.D, 1e4, 1.0, torch.device(DEVICE))
        bases = [7 + ROOM * b for b in range(len(starts))]
        return Places(
            torch.tensor(starts, dtype=torch.int32, device=DEVICE),
            torch.tensor(bases, device=DEVICE),
            cos,
            sin,
            n_new,
            ROOM,
        )

    def cache(self, places: Places) -> LayerCache:
        """A pool that is NaN but for the positions that the sequences have filled."""
        shape = (2, self.shape.G, POOL, self.shape.D)
        pool = torch.full(shape, torch.nan, dtype=torch.float16, device=DEVICE)
        for start, base in zip(places.starts.tolist(), places.bases.tolist(), strict=True):
            filled = torch.randn(2, self.shape.G, start, self.shape.D)
            pool[:, :, base : base + start] = filled.to(pool)
        return LayerCache(pool[0], pool[1])


def norm_of(n: int) -> torch.Tensor:
    return 1 + 0.3 * torch.randn(n, device=DEVICE)


def copied(cache: LayerCache) -> LayerCache:
    return LayerCache(cache.keys.clone(), cache.values.clone())
