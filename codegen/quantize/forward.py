"""The decoder over whole texts in plain torch, for what quantising measures.

No cache and no fused kernels: B sequences of T tokens go through one layer at a time, and whoever
calibrates sees what each matrix is fed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

from codegen.loading.weights import DenseWeights, LayerWeights
from codegen.model_config import ModelConfig
from kernels import reference

Observe = Callable[[str, Tensor], None]
# Logits of a vocabulary of 150,000 take 600 kB a token.
_TOKENS_SCORED_AT_ONCE = 1024


class Layers:
    """Takes a residual stream through single layers; holds the rotary tables of one length.

    Activations take the matrices' dtype between float32 sums, as they do when decoding.
    """

    def __init__(self, config: ModelConfig, n_tokens: int, device: torch.device) -> None:
        """Prepares for sequences of `n_tokens`."""
        self._config = config
        self._cos, self._sin = reference.rope_table(
            n_tokens, config.head_dim, config.rope_theta, config.rope_scaling, device
        )

    def run(
        self, layer: LayerWeights, residual: Tensor, observe: Observe = lambda name, x: None
    ) -> Tensor:
        """One layer; `observe` is told the name of each matrix and what it is fed.

        Shapes: residual [B, T, C] float32 -> the same.
        """
        config = self._config
        H, G, D = config.n_heads, config.n_kv_heads, config.head_dim
        B, T, _ = residual.shape

        def project(name: str, x: Tensor, matrix: Tensor) -> Tensor:
            x = x.to(matrix.dtype)
            observe(name, x)
            return F.linear(x, matrix).float()

        qkv = project("qkv", normed(residual, layer.attn_norm, config.rms_eps), layer.qkv)
        if layer.qkv_bias is not None:
            qkv = qkv + layer.qkv_bias
        q, k, v = torch.split(qkv.view(B, T, H + 2 * G, D), [H, G, G], dim=2)
        q, k, v = (heads.transpose(1, 2) for heads in (self._rotated(q), self._rotated(k), v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=G != H)
        residual = residual + project("out", mixed.transpose(1, 2).flatten(2), layer.out)
        x = normed(residual, layer.ffn_norm, config.rms_eps)
        gate, up = project("gate_up", x, layer.gate_up).chunk(2, dim=-1)
        return residual + project("down", F.silu(gate) * up, layer.down)

    def _rotated(self, x: Tensor) -> Tensor:
        first, second = x.chunk(2, dim=-1)  # [B, T, heads, D / 2]
        cos, sin = self._cos[:, None], self._sin[:, None]
        return torch.cat((first * cos - second * sin, second * cos + first * sin), -1)


def embedded(weights: DenseWeights, token_ids: Tensor) -> Tensor:
    """The stream before the first layer. Shapes: [B, T] int64 -> [B, T, C] float32."""
    return weights.embed[token_ids].float()


def final_stream(weights: DenseWeights, token_ids: Tensor) -> Tensor:
    """The normed stream that the head scores. Shapes: [B, T] int64 -> [B, T, C] float32."""
    layers = Layers(weights.config, token_ids.shape[1], weights.embed.device)
    residual = embedded(weights, token_ids)
    for layer in weights.layers:
        residual = layers.run(layer, residual)
    return normed(residual, weights.final_norm, weights.config.rms_eps)


def log_probs(weights: DenseWeights, stream: Tensor) -> Iterator[Tensor]:
    """Log probabilities of the vocabulary, some tokens at a time.

    Shapes: stream [B, T, C] -> [up to 1024, V] float32 each, in order.
    """
    for part in torch.split(stream.flatten(0, 1), _TOKENS_SCORED_AT_ONCE):
        logits = F.linear(part.to(weights.head.dtype), weights.head).float()
        yield logits.log_softmax(-1)


def normed(residual: Tensor, norm: Tensor, eps: float) -> Tensor:
    return residual * torch.rsqrt(residual.square().mean(-1, keepdim=True) + eps) * norm
