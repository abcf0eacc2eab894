"""How good quantised weights are: perplexity on real code, and how far they stray from the source.

The numbers are those that the packed weights stand for, in float32 arithmetic, so that they say
what quantising cost and nothing of a device's rounding.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from codegen.gpu.packed_weights import PackedWeights
from codegen.loading.weights import DenseWeights, LayerWeights
from codegen.quantize.forward import final_stream, log_probs
from codegen.quantize.report import meaning

_SEQUENCES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Quality:
    """perplexity of a text; divergence in nats a token from the source's predictions, or None;
    agreement: the share of tokens where both would take the same next one, or None.
    """

    perplexity: float
    divergence: float | None = None
    agreement: float | None = None


def dense_of(weights: PackedWeights, dtype: torch.dtype = torch.float32) -> DenseWeights:
    """The numbers that packed weights stand for, as a dense decoder takes them."""
    layers = tuple(
        LayerWeights(
            attn_norm=layer.attn_norm,
            qkv=meaning(layer.qkv).to(dtype),
            qkv_bias=layer.qkv.bias,
            out=meaning(layer.out).to(dtype),
            ffn_norm=layer.ffn_norm,
            gate_up=meaning(layer.gate_up).to(dtype),
            down=meaning(layer.down).to(dtype),
        )
        for layer in weights.layers
    )
    return DenseWeights(
        weights.config,
        weights.embed.to(dtype),
        layers,
        weights.final_norm,
        meaning(weights.head).to(dtype),
    )


def on_device(
    weights: DenseWeights, device: torch.device, dtype: torch.dtype | None = None
) -> DenseWeights:
    """The same weights on a device, the matrices in another dtype or in their own."""

    def moved(matrix: Tensor) -> Tensor:
        return matrix.to(device, dtype or matrix.dtype)

    layers = tuple(
        replace(
            layer,
            attn_norm=layer.attn_norm.to(device),
            qkv=moved(layer.qkv),
            qkv_bias=None if layer.qkv_bias is None else layer.qkv_bias.to(device),
            out=moved(layer.out),
            ffn_norm=layer.ffn_norm.to(device),
            gate_up=moved(layer.gate_up),
            down=moved(layer.down),
        )
        for layer in weights.layers
    )
    embed = moved(weights.embed)
    head = embed if weights.head is weights.embed else moved(weights.head)
    return DenseWeights(weights.config, embed, layers, weights.final_norm.to(device), head)


def as_float32(weights: DenseWeights, device: torch.device) -> DenseWeights:
    """A copy on a device in which sums are all that is rounded."""
    return on_device(weights, device, torch.float32)


@torch.inference_mode()
def measure_quality(
    weights: DenseWeights, token_ids: Tensor, source: DenseWeights | None = None
) -> Quality:
    """Perplexity of a text, and with `source` also how far the predictions lie from its own.

    Shapes: token_ids [B, T] int64.
    """
    token_ids = token_ids.to(weights.embed.device)
    loss = divergence = agreeing = 0.0
    n_tokens = token_ids.shape[0] * (token_ids.shape[1] - 1)
    for part in torch.split(token_ids, _SEQUENCES_AT_ONCE):
        following = part[:, 1:].flatten()
        theirs = None if source is None else _predictions(source, part)
        at = 0
        for ours in _predictions(weights, part):
            wanted = following[at : at + len(ours)]
            at += len(ours)
            loss -= float(ours.gather(1, wanted[:, None]).sum())
            if theirs is not None:
                reference = next(theirs)
                divergence += float((reference.exp() * (reference - ours)).sum())
                agreeing += float((reference.argmax(-1) == ours.argmax(-1)).sum())
    perplexity = math.exp(loss / n_tokens)
    if source is None:
        return Quality(perplexity)
    return Quality(perplexity, divergence / n_tokens, agreeing / n_tokens)


def _predictions(weights: DenseWeights, token_ids: Tensor) -> Iterator[Tensor]:
    """Log probabilities after every token but the last of each sequence."""
    return log_probs(weights, final_stream(weights, token_ids)[:, :-1])
