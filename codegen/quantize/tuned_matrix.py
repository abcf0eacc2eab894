"""A packed matrix whose scales, and if asked for whose codes, have slopes."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from codegen.quantize.narrow_parts import coarse
from kernels.packing import LARGEST_CODE, Int4Weight, pack_codes, pack_rows, unpack
from kernels.packing8 import ZERO, unpack_int8
from kernels.paired_rows import natural_rows, pair_rows
from kernels.step import Projection

# A place that is this far from its code is rounded to it still.
_WITHIN = 0.49


class TunedMatrix:
    """The codes of a projection with gains on its scales: `scale * exp(gain)`.

    Codes of 4 bits that are tuned are the roundings of places between them. A slope reaches a place
    as if nothing was rounded, and a code changes when its place has moved past the middle.

    Shapes: gains [N, K / Q] float32, or [N, 1] at 8 bits; places [N, K / Q, Q] float32 or None; in
    the projection's order of rows.
    """

    def __init__(
        self, projection: Projection, dtype: torch.dtype, source: Tensor | None = None
    ) -> None:
        """Unpacks a projection; its numbers will be of `dtype`.

        With `source`, the matrix that was rounded, codes are tuned too, from where its numbers lie
        as far as they round to the codes that were found. Shapes: source [N, K].
        """
        weight = projection.weight
        assert not isinstance(weight, Tensor)  # A packed model of bf16 has nothing to tune.
        self._projection, self._dtype = projection, dtype
        self.places: Tensor | None = None
        if isinstance(weight, Int4Weight):
            codes, scales, zeros = unpack(weight)
            groups = codes.view(*scales.shape, -1)
            self._zeros = zeros.float()[..., None]
            steps = groups.to(torch.int8) - zeros.to(torch.int8)[..., None]
            if source is not None:
                self.places = self._placed(groups.float(), scales.float(), source)
        else:
            codes, scales = unpack_int8(weight)
            scales = scales[:, None]
            steps = (codes.int() - ZERO).to(torch.int8)[:, None]
        self._steps, self._scales = steps, scales.float()  # [N, K / Q, Q], [N, K / Q]
        self.gains = torch.zeros_like(self._scales, requires_grad=True)

    def parameters(self) -> list[Tensor]:
        """What an optimizer moves."""
        return [self.gains] if self.places is None else [self.gains, self.places]

    def numbers(self) -> Tensor:
        """What the codes stand for now, rows in natural order. Shapes: -> [N, K]."""
        rows = (self._whole_steps() * self._stored().to(self._dtype)[..., None]).flatten(1)
        n_pairs = self._projection.n_pairs
        return natural_rows(rows, n_pairs) if n_pairs else rows

    def packed(self) -> Projection:
        """The projection with the scales and codes as they are now."""
        weight = self._projection.weight
        assert not isinstance(weight, Tensor)
        scales = pack_rows(self._stored().detach())
        if self.places is None:
            return replace(self._projection, weight=replace(weight, scales=scales))
        assert isinstance(weight, Int4Weight)
        codes = self._codes(self.places.detach()).to(torch.uint8)
        words = pack_codes(codes.flatten(1), weight.group_size)
        return replace(self._projection, weight=replace(weight, words=words, scales=scales))

    def _whole_steps(self) -> Tensor:
        """Codes less their zero points, with the slopes of the places."""
        if self.places is None:
            return self._steps.to(self._dtype)
        inside = self.places.clamp(0, LARGEST_CODE)
        steps = inside + (self._codes(self.places.detach()) - inside.detach())
        return (steps - self._zeros).to(self._dtype)

    def _codes(self, places: Tensor) -> Tensor:
        return places.round().clamp_(0, LARGEST_CODE)

    def _placed(self, codes: Tensor, scales: Tensor, source: Tensor) -> Tensor:
        n_pairs = self._projection.n_pairs
        rows = pair_rows(source, n_pairs) if n_pairs else source
        steps = torch.where(scales == 0, 1, scales)[..., None]
        exact = rows.float().view(codes.shape) / steps + self._zeros
        near = exact.clamp(codes - _WITHIN, codes + _WITHIN).clamp_(0, LARGEST_CODE)
        return near.requires_grad_()

    def _stored(self) -> Tensor:
        """The scales as the file holds them, with the slope of those that it rounds."""
        exact = self._scales * self.gains.exp()
        weight = self._projection.weight
        rounded = exact.detach().bfloat16()
        if isinstance(weight, Int4Weight) and weight.zeros is not None:
            rounded = coarse(rounded)
        return exact + (rounded.float() - exact.detach())
