"""The definitions against naive loops and laws that they must obey."""

from __future__ import annotations

import math

import pytest
import torch

from kernels import reference


def test_attention_of_one_head_equals_a_loop_over_positions() -> None:
    torch.manual_seed(0)
    T, S, D = 3, 5, 4
    query, keys, values = torch.randn(T, 1, D), torch.randn(1, S, D), torch.randn(1, S, D)
    out = reference.attention(query, keys, values)
    for t in range(T):
        visible = S - T + t + 1
        weights = torch.tensor(
            [math.exp(float(query[t, 0] @ keys[0, s]) / math.sqrt(D)) for s in range(visible)]
        )
        expected = (weights[:, None] * values[0, :visible]).sum(0) / weights.sum()
        torch.testing.assert_close(out[t, 0], expected)


def test_grouped_heads_read_the_key_value_head_of_their_group() -> None:
    torch.manual_seed(1)
    query, keys, values = torch.randn(2, 4, 6), torch.randn(2, 7, 6), torch.randn(2, 7, 6)
    out = reference.attention(query, keys, values)
    for head in range(4):
        group = slice(head // 2, head // 2 + 1)
        alone = reference.attention(query[:, head : head + 1], keys[group], values[group])
        torch.testing.assert_close(out[:, head : head + 1], alone)


def test_rms_norm_has_unit_mean_square_and_adds_the_update_first() -> None:
    residual, update = torch.full((1, 4), 1.0), torch.full((1, 4), 2.0)
    summed, normed = reference.add_rms_norm(residual, update, torch.ones(4), 0.0, torch.float32)
    torch.testing.assert_close(summed, torch.full((1, 4), 3.0))
    torch.testing.assert_close(normed, torch.ones(1, 4))


def test_rope_keeps_lengths_and_depends_on_distance_alone() -> None:
    torch.manual_seed(2)
    cos, sin = reference.rope_table(64, 8, 10000.0, 1.0, torch.device("cpu"))
    q, k = torch.randn(1, 1, 8), torch.randn(1, 1, 8)

    def turned(x: torch.Tensor, position: int) -> torch.Tensor:
        return reference.apply_rope(x, cos[position : position + 1], sin[position : position + 1])

    torch.testing.assert_close(turned(q, 40).norm(), q.norm())
    near = (turned(q, 9) * turned(k, 4)).sum()
    far = (turned(q, 55) * turned(k, 50)).sum()
    torch.testing.assert_close(near, far, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(near, (turned(q, 9) * turned(k, 5)).sum())


def test_linear_scaling_stretches_positions() -> None:
    device = torch.device("cpu")
    cos, sin = reference.rope_table(16, 8, 10000.0, 1.0, device)
    scaled_cos, scaled_sin = reference.rope_table(64, 8, 10000.0, 4.0, device)
    torch.testing.assert_close(scaled_cos[::4], cos)
    torch.testing.assert_close(scaled_sin[::4], sin)


def test_swiglu_gates_the_second_half_by_the_first() -> None:
    gate_up = torch.tensor([[0.0, 1.0, 5.0, 7.0]])
    expected = torch.tensor([[0.0, 7.0 / (1 + math.exp(-1.0))]])
    torch.testing.assert_close(reference.swiglu(gate_up), expected)


def test_greedy_takes_the_lowest_id_among_equal_logits() -> None:
    logits = torch.tensor([0.0, 3.0, 3.0, 1.0])
    assert reference.sample(logits, 0.0, 1.0, torch.Generator()) == 1


def test_sampling_repeats_under_a_seed_and_follows_the_distribution() -> None:
    logits = torch.tensor([0.25, 0.5, 0.25]).log()

    def draws(seed: int) -> list[int]:
        generator = torch.Generator().manual_seed(seed)
        return [reference.sample(logits, 1.0, 1.0, generator) for _ in range(2000)]

    assert draws(5) == draws(5)
    assert draws(5) != draws(6)
    # Six standard deviations of a binomial around one half.
    assert abs(draws(5).count(1) - 1000) < 6 * math.sqrt(500)


@pytest.mark.parametrize(
    ("top_p", "allowed"), [(0.0, {0}), (0.5, {0}), (0.6, {0, 1}), (1.0, {0, 1, 2})]
)
def test_top_p_keeps_the_fewest_tokens_that_reach_it(top_p: float, allowed: set[int]) -> None:
    logits = torch.tensor([0.5, 0.3, 0.2]).log()
    generator = torch.Generator().manual_seed(0)
    assert {reference.sample(logits, 1.0, top_p, generator) for _ in range(300)} == allowed
