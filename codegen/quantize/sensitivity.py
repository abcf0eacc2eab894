"""Which matrices to keep at 8 bits: those whose rounding to 4 changes the predictions most.

Each matrix is rounded alone, in a model that is whole otherwise, and the predictions for a text are
compared. A matrix of twice the size has to bring twice as much to be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from codegen.gpu.packed_weights import largest_group
from codegen.loading.weights import DenseWeights
from codegen.quantize.quality import measure_quality
from codegen.quantize.recipe import MATRICES, Recipe
from codegen.quantize.rounding import round_nearest


def sensitivities(
    dense: DenseWeights,
    recipe: Recipe,
    token_ids: Tensor,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, float]:
    """The divergence that rounding each matrix alone brings, in nats a token.

    Shapes: token_ids [B, T] int64.
    """
    found: dict[str, float] = {}
    for i, layer in enumerate(dense.layers):
        for name in MATRICES:
            matrix: Tensor = getattr(layer, name)
            columns = matrix.shape[1]
            even = torch.ones(columns, device=matrix.device)
            group_size = largest_group(columns, recipe.group_size)
            codes = round_nearest(matrix, even, group_size, symmetric=recipe.symmetric)
            changed = replace(layer, **{name: codes.numbers().to(matrix.dtype)})
            layers = (*dense.layers[:i], changed, *dense.layers[i + 1 :])
            quality = measure_quality(replace(dense, layers=layers), token_ids, dense)
            found[f"layers.{i}.{name}"] = quality.divergence or 0.0
        progress((i + 1) / len(dense.layers))
    return found


def widest_choice(
    dense: DenseWeights, found: Mapping[str, float], spare_bytes: int
) -> frozenset[str]:
    """The matrices to keep at 8 bits, as many as `spare_bytes` allow, the most telling first."""
    sizes = {
        f"layers.{i}.{name}": getattr(layer, name).numel() // 2
        for i, layer in enumerate(dense.layers)
        for name in MATRICES
    }
    chosen: set[str] = set()
    for name in sorted(found, key=lambda name: (-found[name] / sizes[name], name)):
        if sizes[name] <= spare_bytes:
            chosen.add(name)
            spare_bytes -= sizes[name]
    return frozenset(chosen)
