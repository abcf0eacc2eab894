"""The fast torch paths against the definitions."""

from __future__ import annotations

import pytest
import torch

from kernels import ops, reference, torch_paths
from tests.tolerances import assert_close

DTYPES = (torch.float32, torch.bfloat16)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("T", "S"), [(1, 1), (1, 37), (5, 5), (7, 40), (33, 33)])
@pytest.mark.parametrize(("H", "G", "D"), [(4, 4, 8), (14, 2, 64), (6, 3, 10)])
def test_attention_agrees_with_its_definition(
    dtype: torch.dtype, T: int, S: int, H: int, G: int, D: int
) -> None:
    torch.manual_seed(T * 100 + S)
    query = torch.randn(T, H, D).to(dtype)
    # Views into a larger cache whose unused part is poison, as the engine hands them out.
    cache = torch.full((2, G, S + 3, D), torch.nan, dtype=dtype)
    cache[:, :, :S] = torch.randn(2, G, S, D)
    keys, values = cache[0, :, :S], cache[1, :, :S]
    expected = reference.attention(query.float(), keys.float(), values.float())
    assert_close(torch_paths.attention(query, keys, values), expected, dtype)
    again = torch_paths.attention(query, keys, values)
    assert torch.equal(again, torch_paths.attention(query, keys, values))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("M", [1, 2, 17])
def test_linear_agrees_with_its_definition(dtype: torch.dtype, M: int) -> None:
    torch.manual_seed(M)
    x, weight = torch.randn(M, 33).to(dtype), torch.randn(65, 33).to(dtype)
    assert_close(torch_paths.linear(x, weight), reference.linear(x.float(), weight.float()), dtype)


def test_the_head_scores_its_leaders_exactly_and_so_finds_the_largest() -> None:
    torch.manual_seed(3)
    x, weight = torch.randn(5, 48) * 8, torch.randn(900, 48).bfloat16()
    # A twin that rounds to the same bf16 logit as the winner, and must lose.
    winner = int(reference.head(x, weight)[0].argmax())
    twin = weight[winner].clone()
    twin[x[0].abs().argmin()] += 0.01 * -x[0, x[0].abs().argmin()].sign()
    weight[(winner + 1) % 900] = twin
    expected, actual = reference.head(x, weight), torch_paths.head(x, weight)
    assert torch.equal(actual.argmax(-1), expected.argmax(-1))
    leaders = expected.topk(32).indices
    torch.testing.assert_close(actual.gather(1, leaders), expected.gather(1, leaders))
    assert_close(actual, expected, torch.bfloat16)


def test_every_operation_names_the_path_that_runs() -> None:
    paths = ops.paths()
    assert paths["attention"] == "kernels.torch_paths"
    assert paths["add_rms_norm"] == "kernels.reference"
    assert set(paths) == {*ops.OPERATIONS, "int8 step"}
