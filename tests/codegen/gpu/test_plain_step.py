"""The peer's step: that it computes a decoder's step and not something cheaper."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

from codegen.gpu.measure import shapes
from codegen.gpu.plain_step import CACHE_TOKENS, Linear, PlainStep
from codegen.loading.weights import DenseWeights, LayerWeights
from codegen.model_config import ModelConfig
from codegen.quantize.forward import final_stream

CPU = torch.device("cpu")


def config(n_kv_heads: int) -> ModelConfig:
    return replace(
        shapes("6.7b"), n_layers=2, hidden=64, ffn=96, n_heads=4, n_kv_heads=n_kv_heads,
        head_dim=16, vocab=70,
    )  # fmt: skip


def mask(n: int) -> Tensor:
    return (torch.arange(CACHE_TOKENS) < n)[None, None, None]


@pytest.mark.parametrize("n_kv_heads", [4, 2])
def test_step_after_step_it_takes_the_tokens_of_the_reference(n_kv_heads: int) -> None:
    torch.manual_seed(3)
    made: list[Tensor] = []

    def linear(N: int, K: int) -> Linear:
        weight = (torch.randn(N, K) * 0.2).bfloat16()
        made.append(weight)
        return lambda x: F.linear(x, weight)

    shape = config(n_kv_heads)
    step = PlainStep(shape, linear, CPU)
    layers = tuple(
        LayerWeights(
            attn_norm=torch.ones(64),
            qkv=qkv.float(),
            qkv_bias=None,
            out=out.float(),
            ffn_norm=torch.ones(64),
            gate_up=gate_up.float(),
            down=down.float(),
        )
        for qkv, out, gate_up, down in (made[:4], made[4:8])
    )
    reference = DenseWeights(
        shape, step.embed.float(), layers, torch.ones(64), step.head_weight.float()
    )
    ids = [5, 9, 33, 2, 60, 41]
    taken = [
        int(step(torch.tensor([token_id]), torch.tensor([i]), mask(i + 1)))
        for i, token_id in enumerate(ids)
    ]
    stream = final_stream(reference, torch.tensor([ids]))
    logits = F.linear(stream[0], reference.head)
    best = logits.max(-1).values
    # In bfloat16 a near tie may fall the other way.
    lost = best - logits[torch.arange(len(ids)), torch.tensor(taken)]
    assert float(lost.max()) < 0.05 * float(logits.std())
    assert len(set(taken)) > 2
