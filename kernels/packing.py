"""4-bit weights: quantised per group of inputs and stored in the order in which the GPU reads them.

A weight is `w[n, k] = scale[n, k // Q] * (code[n, k] - zero[n, k // Q])` with codes of 0 to 15.
Without zero points every zero is 8; with them they are whole, or multiples of 1/16 for codes that
were taken over from another format. The index law of the packed form, which `pack_codes` writes and
`kernels.gpu.packed_product` reads, is

    words[tile, group, half, row, lane, step], nibble place(i)   holds   code[n, k]
    n = 16 * tile + 8 * half + row
    k = Q * group + 32 * step + 8 * lane + i,  place(i) = i // 2 + 4 * (i % 2)

where Q is the group's size, or that of a chunk of groups (`in_chunks`), so that one thread of a
warp (`row`, `lane`) finds its operand of a 16-row tensor-core instruction in Q / 8 contiguous
bytes, already in its registers' order, and a warp's load is contiguous. Two codes 16 bits apart
become two float16 numbers with one logical and one arithmetic instruction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

TILE_ROWS = 16
GROUP_SIZES = (32, 64, 128)
LARGEST_CODE = 15
# What fine zero points are multiples of: a power of two, so that they are exact.
FINE_STEP = 1 / 16
SYMMETRIC_ZERO = 8


@dataclass(frozen=True, slots=True)
class Int4Weight:
    """A packed weight `[N, K]`; rows beyond N, up to a multiple of 16, are zero.

    Shapes: words [tiles, K / Q, 2, 8, 4, Q / 32] int32, of chunks of groups where Q is larger than
    the group size, scales and zeros
    [tiles, K / Q, 8, 2] bfloat16, where the last two dims are row and half; zeros is None where
    every zero point is 8, and fine where they are multiples of `FINE_STEP`.
    """

    words: Tensor
    scales: Tensor
    zeros: Tensor | None
    n_rows: int
    n_columns: int
    group_size: int
    has_fine_zeros: bool = False

    @property
    def n_bytes(self) -> int:
        """The bytes that one matmul reads of it."""
        parts = (self.words, self.scales) + (() if self.zeros is None else (self.zeros,))
        return sum(part.numel() * part.element_size() for part in parts)

    def to(self, device: torch.device | str) -> Int4Weight:
        """The same weight on another device."""
        return Int4Weight(
            words=self.words.to(device),
            scales=self.scales.to(device),
            zeros=None if self.zeros is None else self.zeros.to(device),
            n_rows=self.n_rows,
            n_columns=self.n_columns,
            group_size=self.group_size,
            has_fine_zeros=self.has_fine_zeros,
        )


def quantize(weight: Tensor, group_size: int, *, symmetric: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Rounds a weight to the nearest of 16 levels per row and group.

    The levels are laid out for the scale as it is stored, in bfloat16, and not for the one that
    was computed, so that rounding the scale costs no second error.

    Shapes: weight [N, K] -> codes [N, K] uint8, scales [N, K / Q] bfloat16, zeros [N, K / Q] uint8.

    Raises:
        ValueError: the group size is not one of `GROUP_SIZES` or does not divide K, or the weight
            holds a number that is not finite.
    """
    _check_groups(weight.shape[1], group_size)
    if not bool(weight.isfinite().all()):
        raise ValueError("cannot quantise a weight that holds NaN or infinity: check the source")
    groups = weight.float().reshape(weight.shape[0], -1, group_size)  # [N, K / Q, Q]
    scales, zeros = levels(groups, symmetric=symmetric)
    return nearest_codes(groups, scales, zeros).flatten(1), scales, zeros


def levels(groups: Tensor, *, symmetric: bool, shrink: float = 1.0) -> tuple[Tensor, Tensor]:
    """The scale and zero point of each group whose 16 levels span its numbers.

    With shrink below 1 the levels lie closer together and the group's extremes are cut off.

    Shapes: groups [..., Q] float32 -> scales [...] bfloat16, zeros [...] uint8.
    """
    if symmetric:
        # Codes run from -8 to 7 around the zero point, so the extreme of larger size sets the
        # scale, with its sign, and lands on -8 exactly.
        extreme = groups.gather(-1, groups.abs().argmax(-1, keepdim=True)).squeeze(-1)
        scales = (extreme * (shrink / -SYMMETRIC_ZERO)).bfloat16()
        return scales, torch.full_like(scales, SYMMETRIC_ZERO, dtype=torch.uint8)
    low, high = groups.amin(-1).clamp(max=0) * shrink, groups.amax(-1).clamp(min=0) * shrink
    scales = ((high - low) / LARGEST_CODE).bfloat16()
    zeros = (-low / _without_zeros(scales)).round().clamp(0, LARGEST_CODE)
    return scales, zeros.to(torch.uint8)


def nearest_codes(groups: Tensor, scales: Tensor, zeros: Tensor) -> Tensor:
    """The code of the level next to each number.

    Shapes: groups [..., Q], scales and zeros [...] -> [..., Q] uint8.
    """
    steps = groups / _without_zeros(scales)[..., None]
    return (steps + zeros.float()[..., None]).round().clamp(0, LARGEST_CODE).to(torch.uint8)


def pack(codes: Tensor, scales: Tensor, zeros: Tensor | None) -> Int4Weight:
    """Packs codes, scales and zero points; without zero points every zero is 8.

    Shapes: codes [N, K] uint8, scales [N, K / Q], zeros [N, K / Q], of floating point for fine
    ones, or None.

    Raises:
        ValueError: shapes that do not fit together, a group size that is not supported, a code or
            zero point beyond 15 (16 for fine ones), or a zero point between two steps.
    """
    n_rows, n_columns = codes.shape
    n_groups = scales.shape[1]
    if scales.shape[0] != n_rows or n_groups == 0 or n_columns % n_groups:
        raise ValueError(f"scales {list(scales.shape)} do not fit codes {list(codes.shape)}")
    group_size = n_columns // n_groups
    _check_groups(n_columns, group_size)
    if zeros is not None and zeros.shape != scales.shape:
        raise ValueError(f"zeros {list(zeros.shape)} do not fit scales {list(scales.shape)}")
    for name, values in (("code", codes), ("zero point", zeros)):
        if values is not None and values.numel() and int(values.max()) > LARGEST_CODE:
            raise ValueError(f"{name} {int(values.max())} does not fit 4 bits (at most 15)")
    is_fine = zeros is not None and zeros.is_floating_point()
    if zeros is not None and is_fine:
        steps = zeros.float() / FINE_STEP
        if not bool(((steps == steps.round()) & (steps >= 0)).all()):
            raise ValueError(f"fine zero points are multiples of {FINE_STEP}, and none below 0")
    return Int4Weight(
        words=pack_codes(codes, group_size),
        scales=pack_rows(scales),
        zeros=None if zeros is None else pack_rows(zeros),
        n_rows=n_rows,
        n_columns=n_columns,
        group_size=group_size,
        has_fine_zeros=is_fine,
    )


def in_chunks(weight: Int4Weight) -> Int4Weight:
    """The same weight with its words in the order of the largest chunks that the columns allow.

    A kernel takes one chunk a turn: turns of 32 columns cost two and a half times as much in all as
    turns of 128.
    """
    tiles, n_chunks, _, _, _, steps = weight.words.shape
    ratio = next(r for r in (4, 2, 1) if r * steps * 32 <= GROUP_SIZES[-1] and n_chunks % r == 0)
    if ratio == 1:
        return weight
    # [tile, chunk, group, half, row, lane, step] -> [tile, chunk, half, row, lane, group, step]
    words = weight.words.reshape(tiles, n_chunks // ratio, ratio, 2, 8, 4, steps)
    words = words.permute(0, 1, 3, 4, 5, 2, 6).reshape(tiles, -1, 2, 8, 4, ratio * steps)
    return replace(weight, words=words.contiguous())


def unpack(weight: Int4Weight) -> tuple[Tensor, Tensor, Tensor]:
    """The codes, scales and zero points that `pack` was given.

    Shapes: -> codes [N, K] uint8, scales [N, K / Q] bfloat16, zeros [N, K / Q] uint8, or float32
    where they are fine.
    """
    codes = unpack_codes(weight.words, weight.n_rows)
    scales = unpack_rows(weight.scales, weight.n_rows)
    if weight.zeros is None:
        zeros = torch.full_like(scales, SYMMETRIC_ZERO)
    else:
        zeros = unpack_rows(weight.zeros, weight.n_rows)
    return codes, scales, zeros.to(torch.float32 if weight.has_fine_zeros else torch.uint8)


def pack_codes(codes: Tensor, group_size: int) -> Tensor:
    """Packs codes into words under the index law of this module.

    Shapes: codes [N, K] uint8 -> [tiles, K / Q, 2, 8, 4, Q / 32] int32.
    """
    padded = F.pad(codes, (0, 0, 0, -codes.shape[0] % TILE_ROWS)).to(torch.int32)
    # [tile, half, row, group, step, lane, i] -> [tile, group, half, row, lane, step, i]
    n_groups = codes.shape[1] // group_size
    split = padded.reshape(-1, 2, 8, n_groups, group_size // 32, 4, 8)
    ordered = split.permute(0, 3, 1, 2, 5, 4, 6)
    words = torch.zeros(ordered.shape[:-1], dtype=torch.int32, device=codes.device)
    for i in range(8):
        words |= ordered[..., i] << (4 * (i // 2) + 16 * (i % 2))
    return words


def unpack_codes(words: Tensor, n_rows: int) -> Tensor:
    """Undoes `pack_codes`. Shapes: [tiles, K / Q, 2, 8, 4, Q / 32] int32 -> [N, K] uint8."""
    wide = words.to(torch.int64)[..., None]  # [tiles, K / Q, half, row, lane, step, 1]
    i = torch.arange(8, device=words.device)
    nibbles = (wide >> (4 * (i // 2) + 16 * (i % 2))) & LARGEST_CODE
    codes = nibbles.permute(0, 2, 3, 1, 5, 4, 6).flatten(3).flatten(0, 2)  # [tiles * 16, K]
    return codes[:n_rows].to(torch.uint8)


def pack_rows(values: Tensor) -> Tensor:
    """[N, K / Q] -> [tiles, K / Q, 8, 2] bfloat16; rows r and r + 8 of a tile lie together."""
    padded = F.pad(values.to(torch.bfloat16), (0, 0, 0, -values.shape[0] % TILE_ROWS))
    return padded.reshape(-1, 2, 8, values.shape[1]).permute(0, 3, 2, 1).contiguous()


def unpack_rows(values: Tensor, n_rows: int) -> Tensor:
    """Undoes `pack_rows`. Shapes: [tiles, K / Q, 8, 2] -> [N, K / Q]."""
    return values.permute(0, 3, 2, 1).flatten(0, 2)[:n_rows]


def _without_zeros(scales: Tensor) -> Tensor:
    """A group of zeros has scale 0; any other divisor keeps its codes at the zero point."""
    return torch.where(scales == 0, 1, scales).float()


def _check_groups(n_columns: int, group_size: int) -> None:
    if group_size not in GROUP_SIZES or n_columns % group_size:
        raise ValueError(
            f"group size {group_size} for {n_columns} columns: it must be one of "
            f"{', '.join(map(str, GROUP_SIZES))} and divide the columns"
        )
