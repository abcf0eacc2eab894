"""Paths in stock torch that are faster than `kernels.reference` and agree with it.

They work on any device torch knows; the tolerance table is in the tests.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.


def linear(x: Tensor, weight: Tensor) -> Tensor:
    """`x @ weight.T` through the vendor library, which sums bf16 products in float32.

    Shapes and traffic as `kernels.reference.linear`.
    """
    return F.linear(x, weight)


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
