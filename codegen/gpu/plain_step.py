"""One decoding step in plain torch, as one would write it for torch's compiler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

from codegen.model_config import ModelConfig

Linear = Callable[[Tensor], Tensor]
MakeLinear = Callable[[int, int], Linear]

CACHE_TOKENS = 2048
SPREAD = 0.02


@dataclass(frozen=True, slots=True)
class _Layer:
    """Caches are [1, G, S, D] bfloat16."""

    qkv: Linear
    out: Linear
    gate_up: Linear
    down: Linear
    keys: Tensor
    values: Tensor


class PlainStep:
    """A decoder of random weights, whose caches hold `CACHE_TOKENS`."""

    def __init__(self, config: ModelConfig, linear: MakeLinear, device: torch.device) -> None:
        """Makes random weights with `linear(N, K)`."""
        C, D, G = config.hidden, config.head_dim, config.n_kv_heads
        H = config.n_heads
        cache = (1, G, CACHE_TOKENS, D)

        def layer() -> _Layer:
            return _Layer(
                linear((H + 2 * G) * D, C),
                linear(C, H * D),
                linear(2 * config.ffn, C),
                linear(C, config.ffn),
                torch.zeros(cache, dtype=torch.bfloat16, device=device),
                torch.zeros(cache, dtype=torch.bfloat16, device=device),
            )

        self._config = config
        self.layers = [layer() for _ in range(config.n_layers)]
        self._norm = torch.ones(C, dtype=torch.bfloat16, device=device)
        self.embed = torch.randn(config.vocab, C, dtype=torch.bfloat16, device=device)
        head = torch.randn(config.vocab, C, dtype=torch.bfloat16, device=device)
        self.head_weight = head * SPREAD
        turns = torch.arange(0, D, 2, device=device) / D
        angles = torch.arange(CACHE_TOKENS, device=device)[:, None] / config.rope_theta**turns
        self._cos = torch.cat((angles.cos(), angles.cos()), -1).bfloat16()
        self._sin = torch.cat((angles.sin(), angles.sin()), -1).bfloat16()

    def __call__(self, token_id: Tensor, position: Tensor, mask: Tensor) -> Tensor:
        """The best next token. Shapes: token_id and position [1], mask [1, 1, 1, S] -> [1]."""
        config = self._config
        H, G, D = config.n_heads, config.n_kv_heads, config.head_dim
        cos, sin = self._cos[position], self._sin[position]

        def rotated(heads: Tensor) -> Tensor:
            first, second = heads.chunk(2, -1)
            return heads * cos + torch.cat((-second, first), -1) * sin

        x = self.embed[token_id]
        for layer in self.layers:
            heads = layer.qkv(self._normed(x)).view(1, H + 2 * G, 1, D)
            q, k, v = torch.split(heads, [H, G, G], dim=1)
            layer.keys.index_copy_(2, position, rotated(k))
            layer.values.index_copy_(2, position, v)
            mixed = F.scaled_dot_product_attention(
                rotated(q), layer.keys, layer.values, attn_mask=mask, enable_gqa=G != H
            )
            x = x + layer.out(mixed.reshape(1, H * D))
            gate, up = layer.gate_up(self._normed(x)).chunk(2, -1)
            x = x + layer.down(F.silu(gate) * up)
        return F.linear(self._normed(x), self.head_weight).argmax(-1)

    def _normed(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self._norm.shape, self._norm, self._config.rms_eps)
