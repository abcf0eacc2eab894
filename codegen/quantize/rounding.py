"""Codes that make a matrix's results, not its numbers, come out right.

What a matrix is fed decides which of its errors matter. The Gram matrix of the inputs, the sum of
x x^T over a text, says all of it: with an error E of the weights, the squared error of the results
is the trace of E G E^T.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from codegen.quantize.narrow_parts import coarse
from kernels.packing import levels, nearest_codes
from kernels.packing8 import LARGEST_STEP, ZERO, quantize_int8

# How far the levels of a group are drawn together or apart in search of the least error.
_SPREADS = (1.04, 1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.76, 0.72)
_BLOCK_COLUMNS = 128
# A block of columns of so many rows stays in a core's cache.
_ROWS_AT_ONCE = 8192
# Added to the diagonal of a Gram matrix, as a share of its mean, so that it can be inverted.
_DAMPING = 0.01


@dataclass(frozen=True, slots=True)
class Codes:
    """A matrix at 4 bits. Shapes: codes [N, K] uint8, scales and zeros [N, K / Q]."""

    codes: Tensor
    scales: Tensor
    zeros: Tensor

    def numbers(self) -> Tensor:
        """What the codes stand for. Shapes: -> [N, K] float32."""
        N, n_groups = self.scales.shape
        steps = self.codes.view(N, n_groups, -1).float() - self.zeros.float()[..., None]
        return (steps * self.scales.float()[..., None]).flatten(1)


def round_nearest(weight: Tensor, importance: Tensor, group_size: int, *, symmetric: bool) -> Codes:
    """Rounds each number to the nearest level, with levels searched for the least weighted error.

    Shapes: weight [N, K], importance [K], the mean square of each input.
    """
    groups = weight.float().view(weight.shape[0], -1, group_size)  # [N, K / Q, Q]
    scales, zeros = _searched(groups, importance.view(-1, group_size), symmetric=symmetric)
    return Codes(nearest_codes(groups, scales, zeros).flatten(1), scales, zeros)


def round_compensated(weight: Tensor, gram: Tensor, group_size: int, *, symmetric: bool) -> Codes:
    """Rounds column by column and lets the columns to come make up for each one's error.

    Shapes: weight [N, K], gram [K, K] float32.
    Source: Frantar et al., "GPTQ: Accurate Post-Training Quantization", 2022.
    """
    importance = gram.diagonal()
    factor = inverse_factor(gram)

    def rounded(weight: Tensor) -> Codes:
        N, K = weight.shape
        codes = torch.empty(K, N, dtype=torch.uint8, device=weight.device)
        found: list[tuple[Tensor, Tensor]] = []

        def settle(k: int, rows: Tensor) -> Tensor:
            if k % group_size == 0:
                own = importance[k : k + group_size]
                found.append(_searched(rows[:group_size].T, own, symmetric=symmetric))
            scales, zeros = found[-1]
            codes[k] = nearest_codes(rows[0, :, None], scales, zeros)[:, 0]
            return (codes[k].float() - zeros.float()) * scales.float()

        _compensate(weight, factor, settle)
        scales, zeros = (torch.stack(parts, 1) for parts in zip(*found, strict=True))
        return Codes(codes.T.contiguous(), scales, zeros)

    return by_rows(rounded, weight)


def round_compensated_int8(weight: Tensor, gram: Tensor) -> tuple[Tensor, Tensor]:
    """The same at 8 bits, with one scale a row.

    Shapes: weight [N, K], gram [K, K] -> codes [N, K] uint8, scales [N] bfloat16.
    """
    codes, scales = quantize_int8(weight)
    steps = torch.where(scales == 0, 1, scales).float()

    def settle(k: int, rows: Tensor) -> Tensor:
        level = (rows[0] / steps).round().clamp(-LARGEST_STEP, LARGEST_STEP)
        codes[:, k] = (level + ZERO).to(torch.uint8)
        return level * scales.float()

    _compensate(weight, inverse_factor(gram), settle)
    return codes, scales


def by_rows(rounded: Callable[..., Codes], *parts: Tensor) -> Codes:
    """Rounds rows, which know nothing of each other, as many at once as a processor likes."""
    n_rows = _ROWS_AT_ONCE if parts[0].device.type == "cpu" else len(parts[0])
    cut = [rounded(*part) for part in zip(*(torch.split(p, n_rows) for p in parts), strict=True)]
    return Codes(
        torch.cat([codes.codes for codes in cut]),
        torch.cat([codes.scales for codes in cut]),
        torch.cat([codes.zeros for codes in cut]),
    )


def damped(gram: Tensor) -> Tensor:
    """A Gram matrix that can be inverted. Shapes: [K, K] float32 -> the same."""
    gram = gram.clone()
    # An input that is always 0 makes no error, whatever its column holds.
    gram.diagonal()[gram.diagonal() == 0] = 1.0
    gram.diagonal().add_(_DAMPING * float(gram.diagonal().mean()))
    return gram


def inverse_factor(gram: Tensor) -> Tensor:
    """The upper Cholesky factor of the inverse. Shapes: [K, K] float32 -> the same."""
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(damped(gram)))
    factor: Tensor = torch.linalg.cholesky(inverse, upper=True)
    return factor


def _compensate(weight: Tensor, factor: Tensor, settle: Callable[[int, Tensor], Tensor]) -> None:
    """Settles the columns in their order, each with what the errors before it made of it.

    `settle` is given a column's number and the columns from it to the end of its block, each as a
    row [N], and returns the numbers that the column got.
    """
    left = weight.float().clone()
    K = left.shape[1]
    for start in range(0, K, _BLOCK_COLUMNS):
        stop = min(start + _BLOCK_COLUMNS, K)
        # Columns lie as rows, so that each is one stretch of memory.
        block, inside = left[:, start:stop].T.contiguous(), factor[start:stop, start:stop]
        errors = torch.empty_like(block)
        for i in range(stop - start):
            errors[i] = (block[i] - settle(start + i, block[i:])) / inside[i, i]
            block[i:].addr_(inside[i, i:], errors[i], alpha=-1)
        left[:, stop:].addmm_(errors.T, factor[start:stop, stop:], alpha=-1)


def result_error(difference: Tensor, gram: Tensor) -> float:
    """The squared error of a matrix's results. Shapes: difference [N, K], gram [K, K]."""
    return float((difference @ gram).mul_(difference).sum())


def _searched(groups: Tensor, importance: Tensor, *, symmetric: bool) -> tuple[Tensor, Tensor]:
    """The scales and zero points of least weighted error. Shapes: groups [..., Q]."""
    best_scales, best_zeros = levels(groups, symmetric=symmetric)
    least = torch.full(groups.shape[:-1], torch.inf, device=groups.device)
    for spread in _SPREADS:
        scales, zeros = levels(groups, symmetric=symmetric, shrink=spread)
        if not symmetric:
            scales = coarse(scales)
        codes = nearest_codes(groups, scales, zeros)
        numbers = (codes.float() - zeros.float()[..., None]) * scales.float()[..., None]
        error = ((numbers - groups).square_() * importance).sum(-1)
        better = error < least
        least = torch.where(better, error, least)
        best_scales = torch.where(better, scales, best_scales)
        best_zeros = torch.where(better, zeros, best_zeros)
    return best_scales, best_zeros
