"""Paths in stock torch that are faster than `kernels.reference` and agree with it.

They work on any device torch knows; the tolerance table is in the tests.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

LEADERS = 64


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """`x @ weight.T` through the vendor library, which sums bf16 products in float32.

    Shapes and traffic as `kernels.reference.linear`.
    """
    return F.linear(x, weight)


def head(x: Tensor, weight: Tensor) -> Tensor:
    """Scores the vocabulary in the weight's dtype, then the leading tokens again in float32.

    A bf16 logit near 30 has steps of 0.125, which makes ties of tokens that are none and lets
    greedy decoding take the wrong one. Only the leaders decide, so only they are worth exact sums.

    Shapes and result as `kernels.reference.head`, to float32 rounding for the leaders of each row
    and to the weight's rounding for the rest.
    Traffic: V * C elements of weight, and LEADERS rows once more per row of x.
    """
    logits = F.linear(x.to(weight.dtype), weight).float()
    if weight.dtype == torch.float32:
        return logits
    leaders = logits.topk(min(LEADERS, weight.shape[0]), dim=-1).indices  # [M, leaders]
    for row, token_ids in enumerate(leaders):
        logits[row, token_ids] = weight[token_ids].float() @ x[row].float()
    return logits


def attention(query: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Causal attention without the [T, S] score matrix in memory.

    One query token needs no mask, and its heads become the rows of a small matmul per key-value
    head, so that grouped caches are read once instead of once per query head.

    Shapes and traffic as `kernels.reference.attention`.
    """
    T, H, D = query.shape
    G, S, _ = keys.shape
    if T == 1:
        grouped = query.view(1, G, H // G, D)
        out = F.scaled_dot_product_attention(grouped, keys[None], values[None])
        return out.reshape(1, H, D)
    heads = query.transpose(0, 1)[None]  # [1, H, T, D]
    mask = None
    if T < S:
        mask = torch.ones(T, S, dtype=torch.bool, device=query.device).tril(S - T)
    out = F.scaled_dot_product_attention(
        heads,
        keys.repeat_interleave(H // G, dim=0)[None],
        values.repeat_interleave(H // G, dim=0)[None],
        attn_mask=mask,
        is_causal=mask is None,
    )
    return out[0].transpose(0, 1)
