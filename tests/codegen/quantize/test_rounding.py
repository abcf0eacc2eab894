"""Codes that are found for what a matrix is fed."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from codegen.quantize.rounding import (
    result_error,
    round_compensated,
    round_compensated_int8,
    round_nearest,
)
from codegen.quantize.scaling import column_scales
from kernels.packing import pack, quantize
from kernels.packing8 import ZERO, quantize_int8
from kernels.quantized_reference import dequantize

N, K, Q = 24, 128, 32


@pytest.fixture
def weight() -> Tensor:
    return torch.randn(N, K, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def gram() -> Tensor:
    """Inputs that go together, a few of them far larger than the others."""
    generator = torch.Generator().manual_seed(2)
    mix = torch.eye(K) + 0.2 * torch.randn(K, K, generator=generator)
    x = torch.randn(2000, K, generator=generator) @ mix
    x[:, ::17] *= 10
    return x.T @ x


@pytest.mark.parametrize("symmetric", [True, False])
def test_the_codes_stand_for_what_the_packed_weight_is(
    weight: Tensor, gram: Tensor, symmetric: bool
) -> None:
    for codes in (
        round_nearest(weight, gram.diagonal(), Q, symmetric=symmetric),
        round_compensated(weight, gram, Q, symmetric=symmetric),
    ):
        zeros = None if symmetric else codes.zeros
        assert torch.equal(dequantize(pack(codes.codes, codes.scales, zeros)), codes.numbers())


@pytest.mark.parametrize("symmetric", [True, False])
def test_each_step_leaves_less_error_in_the_results(
    weight: Tensor, gram: Tensor, symmetric: bool
) -> None:
    plain = dequantize(pack(*_given(quantize(weight, Q, symmetric=symmetric), symmetric)))
    weighted = round_nearest(weight, gram.diagonal(), Q, symmetric=symmetric).numbers()
    compensated = round_compensated(weight, gram, Q, symmetric=symmetric).numbers()
    errors = [result_error(each - weight, gram) for each in (plain, weighted, compensated)]
    assert errors[1] < 0.9 * errors[0]
    assert errors[2] < 0.8 * errors[1]


def test_eight_bits_are_compensated_with_the_same_scales(weight: Tensor, gram: Tensor) -> None:
    codes, scales = round_compensated_int8(weight, gram)
    plain, plain_scales = quantize_int8(weight)
    assert torch.equal(scales, plain_scales)
    errors = [
        result_error((each.float() - ZERO) * scales.float()[:, None] - weight, gram)
        for each in (plain, codes)
    ]
    assert errors[1] < 0.7 * errors[0]


def test_inputs_that_are_always_nought_do_no_harm(weight: Tensor, gram: Tensor) -> None:
    gram[5], gram[:, 5] = 0.0, 0.0
    numbers = round_compensated(weight, gram, Q, symmetric=True).numbers()
    assert bool(numbers.isfinite().all())
    assert result_error(numbers - weight, gram) < 0.01 * result_error(weight, gram)


def test_the_error_of_the_results_is_that_of_the_results(weight: Tensor) -> None:
    x = torch.randn(50, K, generator=torch.Generator().manual_seed(3))
    expected = float((x @ weight.T).square().sum())
    assert result_error(weight, x.T @ x) == pytest.approx(expected, rel=1e-4)


def test_columns_are_scaled_where_that_pays_and_left_where_it_does_not(
    weight: Tensor, gram: Tensor
) -> None:
    scales = column_scales(weight, gram, Q, symmetric=True)
    large = torch.zeros(K, dtype=torch.bool)
    large[::17] = True
    assert float(scales[large].min()) > float(scales[~large].max())
    even = column_scales(weight, torch.eye(K), Q, symmetric=True)
    assert torch.equal(even, torch.ones(K))


def _given(
    parts: tuple[Tensor, Tensor, Tensor], symmetric: bool
) -> tuple[Tensor, Tensor, Tensor | None]:
    codes, scales, zeros = parts
    return codes, scales, None if symmetric else zeros
