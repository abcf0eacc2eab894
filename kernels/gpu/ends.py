# mypy: ignore-errors
"""The two ends of a step: tokens into the stream, and scores into tokens."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.gpu.dependent_launch import dependent_launch, wait_for_previous
from kernels.step import ACTIVATION_SCALE, Stream


@triton.jit
def _embed(
    token_ids_ptr,
    table_ptr,
    norm_ptr,
    residual_ptr,
    x_ptr,
    squares_ptr,
    C,
    x_scale,
    DEPENDENT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    if DEPENDENT:
        wait_for_previous()
    m = tl.program_id(0)
    token_id = tl.maximum(tl.load(token_ids_ptr + m), 0)
    c = tl.arange(0, BLOCK)
    row = tl.load(table_ptr + token_id * C + c, mask=c < C, other=0.0).to(tl.float32)
    norm = tl.load(norm_ptr + c, mask=c < C, other=0.0)
    tl.store(residual_ptr + m * C + c, row, mask=c < C)
    tl.store(x_ptr + m * C + c, (row * norm * x_scale).to(x_ptr.dtype.element_ty), mask=c < C)
    tl.store(squares_ptr + m, tl.sum(row * row, axis=0))


@triton.jit
def _choose(
    best_ptr,
    best_id_ptr,
    chosen_ptr,
    token_ids_ptr,
    starts_ptr,
    n_blocks,
    FEED: tl.constexpr,
    DEPENDENT: tl.constexpr,
    BLOCK: tl.constexpr,
):
    if DEPENDENT:
        wait_for_previous()
    m = tl.program_id(0)
    i = tl.arange(0, BLOCK)
    live = i < n_blocks
    best = tl.load(best_ptr + m * n_blocks + i, mask=live, other=float("-inf"))
    best_id = tl.load(best_id_ptr + m * n_blocks + i, mask=live, other=2147483647)
    best = tl.where(best == best, best, float("-inf"))
    largest = tl.max(best, axis=0)
    chosen = tl.min(
        tl.where((best == largest) & (best > float("-inf")), best_id, 2147483647), axis=0
    )
    chosen = tl.where(chosen == 2147483647, -1, chosen).to(tl.int64)
    tl.store(chosen_ptr + m, chosen)
    if FEED:
        tl.store(token_ids_ptr + m, chosen)
        tl.store(starts_ptr + m, tl.load(starts_ptr + m) + 1)


def embed(token_ids: Tensor, table: Tensor, norm: Tensor) -> Stream:
    """Begins the stream; `kernels.step_reference.PlainStep.start` defines it.

    Shapes: token_ids [M] int64, table [V, C], norm [C] float32.
    Traffic: M rows of the table.
    """
    M, C = token_ids.shape[0], table.shape[1]
    residual = torch.empty(M, C, dtype=torch.float32, device=table.device)
    x = torch.empty(M, C, dtype=torch.float16, device=table.device)
    squares = torch.empty(1, M, dtype=torch.float32, device=table.device)
    block = triton.next_power_of_2(C)
    _embed[(M,)](
        token_ids,
        table,
        norm,
        residual,
        x,
        squares,
        C,
        ACTIVATION_SCALE,
        BLOCK=block,
        **dependent_launch(table.device),
        num_warps=8,
    )
    return Stream(residual, x, squares)


def choose_best(
    best: Tensor, best_ids: Tensor, token_ids: Tensor | None, starts: Tensor | None
) -> Tensor:
    """The best token of each row; -1 for a row without a number.

    With token_ids and starts it also makes the chosen tokens the next step's input and moves each
    sequence on by one, so that the next step can start without the host.

    Shapes: best and best_ids [M, blocks], token_ids [M] int64, starts [M] int32 -> [M] int64.
    """
    M, n_blocks = best.shape
    chosen = torch.empty(M, dtype=torch.int64, device=best.device)
    feed = token_ids is not None and starts is not None
    _choose[(M,)](
        best,
        best_ids,
        chosen,
        token_ids if feed else chosen,
        starts if feed else chosen,
        n_blocks,
        FEED=feed,
        BLOCK=triton.next_power_of_2(n_blocks),
        **dependent_launch(best.device),
        num_warps=4,
    )
    return chosen
