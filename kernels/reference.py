"""The definition of every operation: plain, readable torch that faster paths are tested against.

Shapes use the legend of ARCHITECTURE.md: T query tokens, S cached tokens, H query heads,
G key-value heads, D head dim, C model dim, F feed-forward dim, N and K of a matmul.
Sums are taken in float32 whatever the inputs are.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor


def embed(token_ids: Tensor, table: Tensor) -> Tensor:
    """Looks up one row of the table per token.

    Shapes: token_ids [T] int64, table [V, C] -> [T, C] float32.
    Traffic: T * C elements of the table.
    """
    return table[token_ids].float()


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """Multiplies by a weight stored with one output per row: `x @ weight.T`.

    Shapes: x [M, K], weight [N, K] -> [M, N] in the dtype of x.
    Traffic: N * K elements of weight, once.
    """
    return (x.float() @ weight.float().T).to(x.dtype)


def head(x: Tensor, weight: Tensor) -> Tensor:
    """Scores every token of the vocabulary: `x @ weight.T` in float32.

    Shapes: x [M, C] float32, weight [V, C] -> [M, V] float32.
    Traffic: V * C elements of weight, once.
    """
    return x.float() @ weight.float().T


def add_rms_norm(
    residual: Tensor, update: Tensor | None, weight: Tensor, eps: float, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """Adds an update to the residual stream and normalises the sum by its root mean square.

    The residual stays in float32 through all layers: it is small, and rounding it to bf16 after
    each of 48 additions is what costs accuracy.

    Shapes: residual [T, C] float32, update [T, C] or None, weight [C] -> (residual, normed [T, C]).
    Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019.
    """
    if update is not None:
        residual = residual + update.float()
    scale = torch.rsqrt(residual.square().mean(-1, keepdim=True) + eps)
    return residual, (residual * scale * weight.float()).to(dtype)


def rope_table(
    n_positions: int, head_dim: int, theta: float, scaling_factor: float, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Cosines and sines of rotary position embedding, linearly scaled by a factor.

    Shapes: -> cos, sin [n_positions, D / 2] float32.
    Source: Su et al., "RoFormer", 2021; linear scaling as in Chen et al., 2023.
    """
    exponent = torch.arange(0, head_dim, 2, dtype=torch.float32, device=device) / head_dim
    frequency = 1.0 / (theta**exponent) / scaling_factor
    angle = torch.outer(
        torch.arange(n_positions, dtype=torch.float32, device=device), frequency
    )  # [n_positions, D / 2]
    return angle.cos(), angle.sin()


def apply_rope(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotates each head's first half against its second half, by the angle of the position.

    Shapes: x [T, heads, D], cos and sin [T, D / 2] -> [T, heads, D] in the dtype of x.
    """
    first, second = x.float().chunk(2, dim=-1)  # [T, heads, D / 2]
    cos, sin = cos[:, None, :], sin[:, None, :]
    return torch.cat((first * cos - second * sin, second * cos + first * sin), dim=-1).to(x.dtype)


def attention(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention of the last T positions over all S cached ones.

    Query t sits at position S - T + t and sees the keys up to and including its own.
    Query head h reads key-value head h // (H / G).

    Shapes: query [T, H, D], keys and values [G, S, D] -> [T, H, D] in the dtype of query.
    Traffic: 2 * G * S * D elements of the cache.
    Source: Vaswani et al., 2017; grouped heads as in Ainslie et al., 2023.
    """
    T, H, D = query.shape
    G, S, _ = keys.shape
    grouped = query.float().view(T, G, H // G, D)
    scores = torch.einsum("tgrd,gsd->grts", grouped, keys.float()) / math.sqrt(D)
    position = torch.arange(S - T, S, device=query.device)
    hidden = torch.arange(S, device=query.device)[None, :] > position[:, None]  # [T, S]
    probs = scores.masked_fill(hidden, -torch.inf).softmax(-1)
    out = torch.einsum("grts,gsd->tgrd", probs, values.float())
    return out.reshape(T, H, D).to(query.dtype)


def swiglu(gate_up: Tensor) -> Tensor:
    """The gated activation: SiLU of the first half times the second half.

    Shapes: gate_up [T, 2 * F] -> [T, F] in the same dtype.
    Source: Shazeer, "GLU Variants Improve Transformer", 2020.
    """
    gate, up = gate_up.float().chunk(2, dim=-1)
    return (torch.nn.functional.silu(gate) * up).to(gate_up.dtype)


def sample(logits: Tensor, temperature: float, top_p: float, generator: torch.Generator) -> int:
    """Draws one token; temperature 0 takes the largest logit, the lowest id among equals.

    top_p keeps the fewest most probable tokens whose probabilities reach it, and never none.

    Shapes: logits [V] float32.
    Source: Holtzman et al., "The Curious Case of Neural Text Degeneration", 2019.
    """
    if temperature <= 0.0:
        return int(logits.argmax())
    probs = (logits / temperature).softmax(-1)
    if top_p < 1.0:
        ordered, token_ids = probs.sort(descending=True, stable=True)
        before = ordered.cumsum(-1) - ordered
        ordered = ordered.masked_fill(before >= top_p, 0.0)
        ordered[0] = ordered[0].clamp_min(torch.finfo(ordered.dtype).tiny)
        return int(token_ids[torch.multinomial(ordered, 1, generator=generator)])
    return int(torch.multinomial(probs, 1, generator=generator))
