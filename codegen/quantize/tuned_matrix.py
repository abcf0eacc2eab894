"""A packed matrix whose scales have slopes."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from codegen.quantize.narrow_parts import coarse
from kernels.packing import Int4Weight, pack_rows, unpack
from kernels.packing8 import ZERO, unpack_int8
from kernels.paired_rows import natural_rows
from kernels.step import Projection


class TunedMatrix:
    """The codes of a projection with gains on its scales: `scale * exp(gain)`.

    Shapes: gains [N, K / Q] float32, or [N, 1] at 8 bits, in the projection's order of rows.
    """

    def __init__(self, projection: Projection, dtype: torch.dtype) -> None:
        """Unpacks a projection; its numbers will be of `dtype`."""
        weight = projection.weight
        assert not isinstance(weight, Tensor)  # A packed model of bf16 has nothing to tune.
        self._projection, self._dtype = projection, dtype
        if isinstance(weight, Int4Weight):
            codes, scales, zeros = unpack(weight)
            steps = codes.view(*scales.shape, -1).to(torch.int8) - zeros.to(torch.int8)[..., None]
        else:
            codes, scales = unpack_int8(weight)
            scales = scales[:, None]
            steps = (codes.int() - ZERO).to(torch.int8)[:, None]
        self._steps, self._scales = steps, scales.float()  # [N, K / Q, Q], [N, K / Q]
        self.gains = torch.zeros_like(self._scales, requires_grad=True)

    def numbers(self) -> Tensor:
        """What the codes stand for now, rows in natural order. Shapes: -> [N, K]."""
        rows = (self._steps.to(self._dtype) * self._stored().to(self._dtype)[..., None]).flatten(1)
        n_pairs = self._projection.n_pairs
        return natural_rows(rows, n_pairs) if n_pairs else rows

    def packed(self) -> Projection:
        """The projection with the scales as they are now."""
        weight = self._projection.weight
        assert not isinstance(weight, Tensor)
        scales = pack_rows(self._stored().detach())
        return replace(self._projection, weight=replace(weight, scales=scales))

    def _stored(self) -> Tensor:
        """The scales as the file holds them, with the slope of those that it rounds."""
        exact = self._scales * self.gains.exp()
        weight = self._projection.weight
        rounded = exact.detach().bfloat16()
        if isinstance(weight, Int4Weight) and weight.zeros is not None:
            rounded = coarse(rounded)
        return exact + (rounded.float() - exact.detach())
