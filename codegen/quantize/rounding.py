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

from kernels.packing import levels, nearest_codes
from kernels.packing8 import LARGEST_STEP, ZERO, quantize_int8

# How far the levels of a group may be drawn together in search of the least error.
_SHRINKS = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
_BLOCK_COLUMNS = 128
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
    N, K = weight.shape
    device = weight.device
    importance = gram.diagonal()
    codes = torch.empty(N, K, dtype=torch.uint8, device=device)
    scales = torch.empty(N, K // group_size, dtype=torch.bfloat16, device=device)
    zeros = torch.empty(N, K // group_size, dtype=torch.uint8, device=device)

    def settle(k: int, columns: Tensor) -> Tensor:
        group, at = divmod(k, group_size)
        if at == 0:
            own = importance[k : k + group_size]
            scales[:, group], zeros[:, group] = _searched(
                columns[:, :group_size], own, symmetric=symmetric
            )
        code = nearest_codes(columns[:, :1], scales[:, group], zeros[:, group])[:, 0]
        codes[:, k] = code
        return (code.float() - zeros[:, group].float()) * scales[:, group].float()

    _compensate(weight, gram, settle)
    return Codes(codes, scales, zeros)


def round_compensated_int8(weight: Tensor, gram: Tensor) -> tuple[Tensor, Tensor]:
    """The same at 8 bits, with one scale a row.

    Shapes: weight [N, K], gram [K, K] -> codes [N, K] uint8, scales [N] bfloat16.
    """
    codes, scales = quantize_int8(weight)
    steps = torch.where(scales == 0, 1, scales).float()

    def settle(k: int, columns: Tensor) -> Tensor:
        level = (columns[:, 0] / steps).round().clamp(-LARGEST_STEP, LARGEST_STEP)
        codes[:, k] = (level + ZERO).to(torch.uint8)
        return level * scales.float()

    _compensate(weight, gram, settle)
    return codes, scales


def _compensate(weight: Tensor, gram: Tensor, settle: Callable[[int, Tensor], Tensor]) -> None:
    """Settles the columns in their order, each with what the errors before it made of it.

    `settle` is given a column's number and the columns from it to the end of its block, and returns
    the numbers that the column got.
    """
    left = weight.float().clone()
    K = left.shape[1]
    gram = gram.clone()
    # An input that is always 0 makes no error, whatever its column holds.
    gram.diagonal()[gram.diagonal() == 0] = 1.0
    gram.diagonal().add_(_DAMPING * float(gram.diagonal().mean()))
    inverse = torch.cholesky_inverse(torch.linalg.cholesky(gram))
    factor = torch.linalg.cholesky(inverse, upper=True)  # [K, K]
    for start in range(0, K, _BLOCK_COLUMNS):
        stop = min(start + _BLOCK_COLUMNS, K)
        block, inside = left[:, start:stop].clone(), factor[start:stop, start:stop]
        errors = torch.empty_like(block)
        for i in range(stop - start):
            errors[:, i] = (block[:, i] - settle(start + i, block[:, i:])) / inside[i, i]
            block[:, i:] -= errors[:, i : i + 1] * inside[i, i:]
        left[:, stop:] -= errors @ factor[start:stop, stop:]


def result_error(difference: Tensor, gram: Tensor) -> float:
    """The squared error of a matrix's results. Shapes: difference [N, K], gram [K, K]."""
    return float((difference @ gram).mul_(difference).sum())


def _searched(groups: Tensor, importance: Tensor, *, symmetric: bool) -> tuple[Tensor, Tensor]:
    """The scales and zero points of least weighted error. Shapes: groups [..., Q]."""
    best_scales, best_zeros = levels(groups, symmetric=symmetric)
    least = torch.full(groups.shape[:-1], torch.inf, device=groups.device)
    for shrink in _SHRINKS:
        scales, zeros = levels(groups, symmetric=symmetric, shrink=shrink)
        codes = nearest_codes(groups, scales, zeros)
        numbers = (codes.float() - zeros.float()[..., None]) * scales.float()[..., None]
        error = ((numbers - groups).square_() * importance).sum(-1)
        better = error < least
        least = torch.where(better, error, least)
        best_scales = torch.where(better, scales, best_scales)
        best_zeros = torch.where(better, zeros, best_zeros)
    return best_scales, best_zeros
