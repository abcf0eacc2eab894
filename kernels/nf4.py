"""NF4 as bitsandbytes stores it: 16 fixed levels, a scale per block, the scales at 8 bits too.

The numbers of a matrix [N, K] are taken row after row, `block_size` at a time. A block is divided
by its largest absolute value and each number becomes the index of the level next to it:

    byte j of codes   holds   16 * code[2 * j] + code[2 * j + 1]
    w[i] = LEVELS[code[i]] * scale[i // block_size]

With double quantisation the scales, less their mean, are quantised in turn: in blocks of 256, each
with a float32 scale of its own, to the nearest of 256 levels (`dynamic_levels`).

Source: Dettmers et al., "QLoRA", 2023, for the levels; Dettmers, "8-bit Approximations for
Parallelism in Deep Learning", 2015, for the second stage; bitsandbytes 0.50's files for the layout.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

BLOCK_SIZE = 64
NESTED_BLOCK_SIZE = 256
# Quantiles of a normal distribution, scaled so that the outer ones are 1, with 0 among them.
LEVELS = (
    -1.0,
    -0.6961928009986877,
    -0.5250730514526367,
    -0.39491748809814453,
    -0.28444138169288635,
    -0.18477343022823334,
    -0.09105003625154495,
    0.0,
    0.07958029955625534,
    0.16093020141124725,
    0.24611230194568634,
    0.33791524171829224,
    0.44070982933044434,
    0.5626170039176941,
    0.7229568362236023,
    1.0,
)


@dataclass(frozen=True, slots=True)
class NestedScales:
    """Scales at 8 bits. Shapes: codes [blocks] uint8, levels [256], scales [blocks / 256]."""

    codes: Tensor
    levels: Tensor
    scales: Tensor
    offset: float
    block_size: int = NESTED_BLOCK_SIZE

    def numbers(self) -> Tensor:
        """The scales that the codes stand for. Shapes: -> [blocks] float32."""
        each = self.scales.repeat_interleave(self.block_size)[: self.codes.numel()]
        return self.levels[self.codes.long()] * each + self.offset


@dataclass(frozen=True, slots=True)
class Nf4Weight:
    """A matrix at 4 bits. Shapes: codes [ceil(N * K / 2)] uint8, levels [16] float32.

    `scales` is [blocks] float32, or nested. The levels come with the file, so that those of FP4,
    the library's other 4-bit type, are read as well.
    """

    codes: Tensor
    levels: Tensor
    scales: Tensor | NestedScales
    shape: tuple[int, int]
    block_size: int = BLOCK_SIZE


def quantize_nf4(weight: Tensor, *, nested: bool, block_size: int = BLOCK_SIZE) -> Nf4Weight:
    """Rounds a matrix to NF4. The scale that decides the codes is the unrounded one.

    Shapes: weight [N, K].

    Raises:
        ValueError: the weight holds a number that is not finite.
    """
    if not bool(weight.isfinite().all()):
        raise ValueError("cannot quantise a weight that holds NaN or infinity: check the source")
    levels = torch.tensor(LEVELS, device=weight.device)
    blocks = _in_blocks(weight.float().flatten(), block_size)
    scales = blocks.abs().amax(-1)
    divided = blocks / torch.where(scales == 0, 1, scales)[:, None]
    codes = _nearest(divided, levels).flatten()[: weight.numel()].to(torch.uint8)
    pairs = F.pad(codes, (0, codes.numel() % 2)).view(-1, 2)
    return Nf4Weight(
        codes=(pairs[:, 0] << 4) | pairs[:, 1],
        levels=levels,
        scales=_nested(scales) if nested else scales,
        shape=(weight.shape[0], weight.shape[1]),
        block_size=block_size,
    )


def dequantize_nf4(weight: Nf4Weight) -> Tensor:
    """The numbers that a matrix stands for. Shapes: -> [N, K] float32."""
    N, K = weight.shape
    codes = torch.stack((weight.codes >> 4, weight.codes & 15), -1).flatten()[: N * K]
    scales = weight.scales.numbers() if isinstance(weight.scales, NestedScales) else weight.scales
    blocks = _in_blocks(weight.levels[codes.long()], weight.block_size)
    return (blocks * scales[:, None]).flatten()[: N * K].view(N, K)


def dynamic_levels(device: torch.device | str = "cpu") -> Tensor:
    """256 levels from -1 to 1 that lie closer together towards 0, over seven decades.

    The decade that ends at 10^-e holds the middles of 2^(6 - e) equal steps, with either sign.
    """
    levels = [0.0, 1.0]
    for e in range(7):
        edges = torch.linspace(0.1, 1.0, 2 ** (6 - e) + 1)
        middles = (edges[:-1] + edges[1:]) / 2 * 10.0**-e
        levels += [sign * value for value in middles.tolist() for sign in (1.0, -1.0)]
    return torch.tensor(sorted(levels), device=device)


def _nested(scales: Tensor) -> NestedScales:
    offset = float(scales.mean())
    levels = dynamic_levels(scales.device)
    blocks = _in_blocks(scales - offset, NESTED_BLOCK_SIZE)
    largest = blocks.abs().amax(-1)
    divided = blocks / torch.where(largest == 0, 1, largest)[:, None]
    codes = _nearest(divided, levels).flatten()[: scales.numel()].to(torch.uint8)
    return NestedScales(codes, levels, largest, offset)


def _in_blocks(values: Tensor, size: int) -> Tensor:
    """[n] -> [ceil(n / size), size], with zeros behind the end."""
    return F.pad(values, (0, -values.numel() % size)).view(-1, size)


def _nearest(values: Tensor, levels: Tensor) -> Tensor:
    """The index of the level next to each value; levels rise."""
    return torch.bucketize(values, (levels[:-1] + levels[1:]) / 2)
