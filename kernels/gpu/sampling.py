# mypy: ignore-errors
"""Draws tokens from their scores on the device, without sorting the vocabulary.

Two passes over the scores, many programs each, so that a captured step can draw as well as choose:

1. The mass of the vocabulary by distance from the best score, in bins. The bins are integers, so
   that adding them in any order gives the same sums.
2. Each program finds from the bins how far down `top_p` reaches, adds Gumbel noise to the scores
   that are within it and keeps its largest: the largest of all is a draw from their softmax.

`kernels.gpu.ends.choose_best` then takes the best of the programs, as for greedy decoding.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

# Scores more than N_BINS / BINS_PER_NAT nats below the best have no part in a draw.
N_BINS = 2048
BINS_PER_NAT = 64
BLOCK = 1024
# What a mass of 1 counts; 2^37 tokens of it fit the integers.
ONE = 1 << 26


@triton.jit
def _warmth(score, best, temperature, BINS: tl.constexpr, PER_NAT: tl.constexpr):
    """How far below the best each score is, in nats of the distribution, and its bin."""
    below = (best - score) / temperature
    live = below < BINS / PER_NAT
    bin_idx = tl.where(live, below * PER_NAT, 0.0).to(tl.int32)
    return below, bin_idx, live


@triton.jit
def _fill_bins(
    logits_ptr,
    best_ptr,
    temperatures_ptr,
    bins_ptr,
    V,
    n_best,
    ONE: tl.constexpr,
    BINS: tl.constexpr,
    PER_NAT: tl.constexpr,
    BEST: tl.constexpr,
    BLOCK: tl.constexpr,
):
    m = tl.program_id(0)
    temperature = tl.load(temperatures_ptr + m)
    if temperature > 0.0:
        i = tl.arange(0, BEST)
        parts = tl.load(best_ptr + m * n_best + i, mask=i < n_best, other=float("-inf"))
        best = tl.max(tl.where(parts == parts, parts, float("-inf")), axis=0)
        v = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
        score = tl.load(logits_ptr + m * V + v, mask=v < V, other=float("-inf"))
        below, bin_idx, live = _warmth(score, best, temperature, BINS, PER_NAT)
        mass = (tl.exp(-below) * ONE).to(tl.int64)
        tl.atomic_add(bins_ptr + m * BINS + bin_idx, mass, mask=live & (v < V), sem="relaxed")


@triton.jit
def _draw(
    logits_ptr,
    best_ptr,
    temperatures_ptr,
    top_ps_ptr,
    seeds_ptr,
    positions_ptr,
    bins_ptr,
    drawn_ptr,
    drawn_id_ptr,
    V,
    n_best,
    BINS: tl.constexpr,
    PER_NAT: tl.constexpr,
    BEST: tl.constexpr,
    BLOCK: tl.constexpr,
):
    m = tl.program_id(0)
    block = tl.program_id(1)
    i = tl.arange(0, BEST)
    parts = tl.load(best_ptr + m * n_best + i, mask=i < n_best, other=float("-inf"))
    best = tl.max(tl.where(parts == parts, parts, float("-inf")), axis=0)
    v = block * BLOCK + tl.arange(0, BLOCK)
    score = tl.load(logits_ptr + m * V + v, mask=v < V, other=float("-inf"))
    score = tl.where(score == score, score, float("-inf"))
    temperature = tl.load(temperatures_ptr + m)
    if temperature > 0.0:
        mass = tl.load(bins_ptr + m * BINS + tl.arange(0, BINS)).to(tl.float32)
        before = tl.cumsum(mass, axis=0) - mass
        kept = (before < tl.load(top_ps_ptr + m) * tl.sum(mass, axis=0)) & (mass > 0.0)
        last_bin = tl.max(tl.where(kept, tl.arange(0, BINS), 0), axis=0)
        below, bin_idx, live = _warmth(score, best, temperature, BINS, PER_NAT)
        # A number of its own for each sequence, position and token.
        seed = tl.load(seeds_ptr + m) + tl.load(positions_ptr + m).to(tl.int64) * 2654435761
        noise = -tl.log(-tl.log(tl.maximum(tl.rand(seed, v), 1.0e-10)))
        score = tl.where(live & (bin_idx <= last_bin), noise - below, float("-inf"))
    largest = tl.max(score, axis=0)
    drawn = tl.min(tl.where((score == largest) & (v < V), v, 2147483647), axis=0)
    place = m * tl.num_programs(1) + block
    tl.store(drawn_ptr + place, largest)
    tl.store(drawn_id_ptr + place, drawn)


def draw_tokens(
    logits: Tensor,
    best: Tensor,
    temperatures: Tensor,
    top_ps: Tensor,
    seeds: Tensor,
    positions: Tensor,
) -> tuple[Tensor, Tensor]:
    """A draw from every block of the vocabulary; the largest of a row is the row's draw.

    A temperature of 0 takes the largest score. top_p keeps what `kernels.reference.sample` keeps,
    and what is at most 1 / BINS_PER_NAT nats less probable than the last of it. The same seed and
    position draw the same token.

    Shapes: logits [M, V] float32, best [M, parts] of which the largest is the row's largest score,
    temperatures and top_ps [M] float32, seeds [M] int64, positions [M] int32 or int64
    -> [M, blocks] float32 and [M, blocks] int32, for `choose_best`.
    Traffic: 8 * M * V bytes, from L2.
    """
    M, V = logits.shape
    n_blocks = triton.cdiv(V, BLOCK)
    n_best = best.shape[1]
    sizes = {
        "BINS": N_BINS,
        "PER_NAT": BINS_PER_NAT,
        "BEST": triton.next_power_of_2(n_best),
        "BLOCK": BLOCK,
    }
    bins = torch.zeros(M, N_BINS, dtype=torch.int64, device=logits.device)
    drawn = torch.empty(M, n_blocks, dtype=torch.float32, device=logits.device)
    drawn_ids = torch.empty(M, n_blocks, dtype=torch.int32, device=logits.device)
    grid = (M, n_blocks)
    _fill_bins[grid](logits, best, temperatures, bins, V, n_best, ONE=ONE, **sizes, num_warps=4)
    _draw[grid](
        logits,
        best,
        temperatures,
        top_ps,
        seeds,
        positions,
        bins,
        drawn,
        drawn_ids,
        V,
        n_best,
        **sizes,
        num_warps=4,
    )
    return drawn, drawn_ids
