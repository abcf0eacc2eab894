# mypy: ignore-errors
"""From tensors to a launch of the packed matmul kernel."""

from __future__ import annotations

import torch
import triton
from torch import Tensor

from kernels.gpu.arrivals import arrival_counters
from kernels.gpu.dependent_launch import dependent_launch
from kernels.gpu.ending_operands import ending_operands
from kernels.gpu.packed_codes import MAGIC
from kernels.gpu.packed_split import packed_split
from kernels.gpu.tuned import PackedConfig, packed_config
from kernels.packing import TILE_ROWS, Int4Weight
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import PackedWeight


def config_of(x: Tensor, weight: PackedWeight) -> PackedConfig:
    """The cut for these rows and this weight."""
    bits = 8 if isinstance(weight, Int8Weight) else 4
    return packed_config(x.shape[0], weight.n_rows, weight.n_columns, bits, weight.group_size)


def launch(
    epilogue: str,
    x: Tensor,
    weight: PackedWeight,
    config: PackedConfig | None,
    *,
    out: Tensor,
    **operands: object,
) -> None:
    """Multiplies and ends as `epilogue` names it, with the operands of `ending_operands`.

    Raises:
        ValueError: x is not float16, not contiguous, on another device or not [M, K].
    """
    _check(x, weight)
    config = config or config_of(x, weight)
    ends = ending_operands(epilogue, out=out, **operands)
    M, K = x.shape
    n_tiles, n_groups = weight.words.shape[:2]
    m_blocks = triton.cdiv(M, config.block_m)
    n_programs = triton.cdiv(n_tiles * TILE_ROWS, config.block_n) * m_blocks
    groups_per_split = triton.cdiv(n_groups, config.split_k)
    # As many parts as that leaves, so that none is empty.
    split_k = triton.cdiv(n_groups, groups_per_split)
    partials = counters = out
    if split_k > 1:
        size = n_programs * split_k * config.block_n * config.block_m
        partials = torch.empty(size, dtype=torch.float32, device=x.device)
        counters = arrival_counters(x.device, n_programs)
    packed_split[(n_programs, split_k)](
        x_ptr=x,
        words_ptr=weight.words,
        scales_ptr=weight.scales.view(torch.int32),
        zeros_ptr=(weight.scales if weight.zeros is None else weight.zeros).view(torch.int32),
        partials_ptr=partials,
        counters_ptr=counters,
        M=M,
        N=weight.n_rows,
        K=K,
        n_groups=n_groups,
        n_tiles=n_tiles,
        groups_per_split=groups_per_split,
        magic=MAGIC,
        **ends,
        GROUP=32 * weight.words.shape[-1],
        RATIO=1
        if isinstance(weight, Int8Weight)
        else 32 * weight.words.shape[-1] // weight.group_size,
        BLOCK_M=config.block_m,
        M_BLOCKS=m_blocks,
        BLOCK_N=config.block_n,
        SPLIT=split_k,
        STAGES=config.n_stages,
        PLANES=2 if isinstance(weight, Int8Weight) else 1,
        HAS_ZEROS=weight.zeros is not None,
        FINE=isinstance(weight, Int4Weight) and weight.has_fine_zeros,
        EVEN=n_tiles * TILE_ROWS % config.block_n == 0,
        INTERPRETED=not x.is_cuda,
        **dependent_launch(x.device),
        num_warps=config.n_warps,
    )


def _check(x: Tensor, weight: PackedWeight) -> None:
    if x.dim() != 2 or x.shape[0] == 0 or x.shape[1] != weight.n_columns:
        raise ValueError(f"x is {list(x.shape)}: it must be [M, {weight.n_columns}] with M >= 1")
    if x.dtype != torch.float16 or not x.is_contiguous():
        raise ValueError(f"x is {x.dtype} with strides {x.stride()}: make it contiguous float16")
    if x.device != weight.words.device:
        raise ValueError(f"x is on {x.device}, the weight on {weight.words.device}: move one")
