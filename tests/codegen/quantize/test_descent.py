"""Codes that are moved one at a time."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor

from codegen.quantize import rounding
from codegen.quantize.descent import descended
from codegen.quantize.rounding import Codes, damped, result_error, round_compensated, round_nearest
from kernels.packing import LARGEST_CODE

N, K, Q = 20, 96, 32


@pytest.fixture
def weight() -> Tensor:
    return torch.randn(N, K, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def gram() -> Tensor:
    generator = torch.Generator().manual_seed(2)
    mix = torch.eye(K) + 0.3 * torch.randn(K, K, generator=generator)
    x = torch.randn(500, K, generator=generator) @ mix
    return x.T @ x


@pytest.mark.parametrize("symmetric", [True, False])
def test_moving_codes_beats_compensating_alone_and_keeps_the_levels(
    weight: Tensor, gram: Tensor, symmetric: bool
) -> None:
    codes = round_compensated(weight, gram, Q, symmetric=symmetric)
    moved = descended(codes, weight, gram)
    assert torch.equal(moved.scales, codes.scales)
    assert torch.equal(moved.zeros, codes.zeros)
    before, after = (result_error(each.numbers() - weight, gram) for each in (codes, moved))
    assert after < 0.97 * before


def test_no_single_code_can_be_moved_for_less_error_at_the_end(
    weight: Tensor, gram: Tensor
) -> None:
    # Enough rounds to come to rest: each starts from where the last one stopped.
    codes = round_nearest(weight, gram.diagonal(), Q, symmetric=False)
    for _ in range(10):
        codes = descended(codes, weight, gram)
    metric = damped(gram)
    least = [result_error((codes.numbers() - weight)[n : n + 1], metric) for n in range(3)]
    for n, k, step in itertools.product(range(3), range(0, K, 5), (-1, 1)):
        changed = codes.codes.int().clone()
        changed[n, k] += step
        if 0 <= changed[n, k] <= LARGEST_CODE:
            other = Codes(changed.to(torch.uint8), codes.scales, codes.zeros)
            error = result_error((other.numbers() - weight)[n : n + 1], metric)
            assert error >= least[n] * (1 - 1e-5)


def test_groups_of_zeros_stay_zeros(weight: Tensor, gram: Tensor) -> None:
    weight[3, :Q] = 0
    gram[7], gram[:, 7] = 0.0, 0.0
    moved = descended(round_compensated(weight, gram, Q, symmetric=False), weight, gram)
    assert bool(moved.numbers().isfinite().all())


def test_rows_cut_into_stretches_are_rounded_as_one_by_one(
    weight: Tensor, gram: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = descended(round_compensated(weight, gram, Q, symmetric=False), weight, gram)
    monkeypatch.setattr(rounding, "_ROWS_AT_ONCE", 7)
    cut = descended(round_compensated(weight, gram, Q, symmetric=False), weight, gram)
    # A code between two levels may fall either way when sums are taken in another order.
    assert float((whole.codes == cut.codes).float().mean()) > 0.98
    errors = [result_error(each.numbers() - weight, gram) for each in (whole, cut)]
    assert errors[0] == pytest.approx(errors[1], rel=0.02)
