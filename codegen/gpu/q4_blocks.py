"""GGUF blocks of 4 bits as our codes: their numbers lie on 16 levels for each 32 inputs already.

A number of Q4_K is `d * scale * code - dmin * minimum`, with a scale and a minimum of 6 bits for
each 32 numbers of a block of 256; one of Q4_0 is `d * (code - 8)`. Both are
`scale * (code - zero)` with a zero point between two codes, which the packed form keeps in
sixteenths: what is lost is the scale's rounding to bfloat16, the zero point's to 1/16, and a few
groups whose numbers all lie beyond zero, which are rounded again.

Source: ggml's `block_q4_K` and `block_q4_0`, as the GGUF specification names them.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from torch import Tensor

from kernels.packing import FINE_STEP, LARGEST_CODE, levels, nearest_codes

GROUP_SIZE = 32
KINDS = (GGMLQuantizationType.Q4_K, GGMLQuantizationType.Q4_0)
_LARGEST_ZERO = LARGEST_CODE + 1 - FINE_STEP


@dataclass(frozen=True, slots=True)
class Q4Blocks:
    """A matrix whose numbers are `scale * code - low`, with one of each for 32 inputs.

    Shapes: codes [N, K] uint8, scales and lows [N, K / 32] float32.
    """

    codes: Tensor
    scales: Tensor
    lows: Tensor

    def numbers(self) -> Tensor:
        """Shapes: -> [N, K] float32."""
        numbers = _by_groups(self.codes).float() * self.scales[..., None] - self.lows[..., None]
        return numbers.flatten(1)


def read_blocks(raw: Tensor, kind: GGMLQuantizationType) -> Q4Blocks:
    """Takes blocks apart.

    Shapes: raw [N, bytes of a row] uint8.

    Raises:
        ValueError: a scale is not finite, so the file is damaged.
    """
    N = raw.shape[0]
    _, block_bytes = GGML_QUANT_SIZES[kind]
    blocks = raw.reshape(-1, block_bytes)
    codes, scales, lows = _q4_k(blocks) if kind == GGMLQuantizationType.Q4_K else _q4_0(blocks)
    if not bool(scales.isfinite().all() and lows.isfinite().all()):
        raise ValueError("a block's scale is NaN or infinite")
    return Q4Blocks(codes.reshape(N, -1), scales.reshape(N, -1), lows.reshape(N, -1))


def as_our_levels(blocks: Q4Blocks) -> tuple[Tensor, Tensor, Tensor]:
    """Codes, scales and fine zero points for `kernels.packing.pack`.

    Shapes: -> codes [N, K] uint8, scales [N, K / 32] bfloat16, zeros [N, K / 32] float32.
    """
    groups = _by_groups(blocks.codes)
    scales, lows = blocks.scales, blocks.lows
    zeros = lows / torch.where(scales == 0, 1, scales)
    zeros = (zeros / FINE_STEP).round() * FINE_STEP
    # A group of one number has no scale; a zero point beyond the codes has none of ours.
    misfits = (scales == 0) | (zeros < 0) | (zeros > _LARGEST_ZERO)
    our_scales = scales.bfloat16()
    if bool(misfits.any()):
        groups, zeros = groups.clone(), zeros.clone()
        numbers = _by_groups(blocks.numbers())[misfits]  # [misfits, 32]
        refitted, whole = levels(numbers, symmetric=False)
        groups[misfits] = nearest_codes(numbers, refitted, whole)
        our_scales[misfits], zeros[misfits] = refitted, whole.float()
    return groups.flatten(1), our_scales, zeros


def _by_groups(matrix: Tensor) -> Tensor:
    """[N, K] -> [N, K / 32, 32]."""
    return matrix.reshape(len(matrix), -1, GROUP_SIZE)


def _q4_k(blocks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    halves = _float16(blocks[:, :4])  # [blocks, 2]
    packed = blocks[:, 4:16].int()
    first, second, third = packed[:, :4], packed[:, 4:8], packed[:, 8:]
    scales = torch.cat((first & 63, (third & 15) | (first >> 6 << 4)), dim=1)
    lows = torch.cat((second & 63, (third >> 4) | (second >> 6 << 4)), dim=1)
    pairs = blocks[:, 16:].reshape(-1, 4, 32)  # [blocks, 64 numbers, byte]
    codes = torch.stack((pairs & 15, pairs >> 4), dim=2)
    return codes, halves[:, :1] * scales, halves[:, 1:] * lows


def _q4_0(blocks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    scales = _float16(blocks[:, :2])  # [blocks, 1]
    codes = torch.cat((blocks[:, 2:] & 15, blocks[:, 2:] >> 4), dim=1)
    return codes, scales, 8 * scales


def _float16(raw: Tensor) -> Tensor:
    return raw.contiguous().view(torch.float16).float()
