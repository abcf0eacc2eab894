"""The definition against numbers that can be worked out otherwise."""

from __future__ import annotations

import math

import torch
from torch.nn import functional as F  # noqa: N812  The name the field uses.

from kernels.cpu import reference
from kernels.cpu.packing import pack_matrix, pack_pair
from tests.int8_models import random_model, random_tokens


def test_each_group_has_a_scale_of_its_own() -> None:
    x = torch.ones(1, 300)
    x[0, 200] = 1000.0
    codes, scale = reference.quantize_rows(x)
    assert codes[0, :128].tolist() == [127] * 128
    assert codes[0, 200] == 127
    assert codes[0, 201] == 0
    assert torch.allclose(scale * 127, torch.tensor([[1.0, 1000.0, 1.0]]))


def test_what_is_no_number_makes_its_group_none_and_spares_the_others() -> None:
    for bad in (math.nan, math.inf, -math.inf):
        x = torch.ones(1, 256)
        x[0, 3] = bad
        codes, scale = reference.quantize_rows(x)
        assert math.isnan(scale[0, 0])
        assert scale[0, 1] == 1 / 127
        assert not codes[0, :128].any()


def test_products_are_close_to_those_of_the_weights_themselves() -> None:
    random = torch.Generator().manual_seed(0)
    x, w = torch.randn(5, 300, generator=random), torch.randn(40, 300, generator=random)
    found, expected = reference.linear(x, pack_matrix(w)), x @ w.T
    assert float((found - expected).norm() / expected.norm()) < 0.01


def test_a_gated_product_is_silu_of_one_times_the_other() -> None:
    random = torch.Generator().manual_seed(0)
    x, gate, up = (torch.randn(n, 64, generator=random) for n in (3, 20, 20))
    found = reference.gated(x, pack_pair(gate, up))
    expected = F.silu(x @ gate.T) * (x @ up.T)
    assert float((found - expected).norm() / expected.norm()) < 0.02


def test_a_token_sees_nothing_of_those_behind_it() -> None:
    model, tokens = random_model(), random_tokens(20)
    whole = reference.forward(model, torch.tensor(tokens))
    part = reference.forward(model, torch.tensor(tokens[:11]))
    assert torch.allclose(whole[:11], part, atol=1e-4)
