"""Which matrices to keep at 8 bits: those whose rounding to 4 changes the predictions most.

Each matrix is rounded alone, in a model that is whole otherwise, and the predictions for a text are
compared. A matrix of twice the size has to bring twice as much to be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from codegen.errors import LeadsmanError
from codegen.gpu.packed_weights import largest_group
from codegen.loading.weights import DenseWeights
from codegen.quantize.kept_rows import FREQUENT
from codegen.quantize.quality import measure_quality
from codegen.quantize.recipe import MATRICES, Recipe
from codegen.quantize.rounding import round_nearest


def sensitivities(
    dense: DenseWeights,
    recipe: Recipe,
    token_ids: Tensor,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, float]:
    """The divergence that rounding each matrix alone brings, in nats a token, but for wide ones.

    Shapes: token_ids [B, T] int64.
    """
    found: dict[str, float] = {}
    for i, layer in enumerate(dense.layers):
        for name in MATRICES:
            if f"layers.{i}.{name}" in recipe.wide:
                continue
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


def spare_bytes(dense: DenseWeights, recipe: Recipe, share: float, *, has_embedding: bool) -> int:
    """What a share of the bf16 size leaves once every matrix has what the recipe gives it.

    Without an embedding of its own, a file has some rows of it (`codegen.quantize.kept_rows`).

    Raises:
        LeadsmanError: that is too little.
    """
    matrices: dict[str, Tensor] = {
        f"layers.{i}.{name}": getattr(layer, name)
        for i, layer in enumerate(dense.layers)
        for name in MATRICES
    }
    inner = sum(matrix.numel() for matrix in matrices.values())
    head, embed = dense.head.numel(), dense.embed.numel()
    bits = sum(
        matrix.numel() * (8 if name in recipe.wide else _bits(matrix, recipe.group_size, recipe))
        for name, matrix in matrices.items()
    )
    head_bits = (
        8.0 if recipe.head_group_size is None else _bits(dense.head, recipe.head_group_size, recipe)
    )
    needed = int(bits + head * head_bits) // 8 + (2 * embed if has_embedding else embed // FREQUENT)
    allowed = int(share * 2 * (inner + head + embed * has_embedding))
    if needed > allowed:
        raise LeadsmanError(
            f"4 bits take {needed:,} bytes and {share:.0%} of the bf16 size are {allowed:,}; allow "
            "more, take larger groups, or the head at 4 bits (--head-group)"
        )
    return allowed - needed


def _bits(matrix: Tensor, wanted: int, recipe: Recipe) -> float:
    """Bits a weight at 4 bits, with the scales and zero points of a file.

    With zero points, scales take 8 bits and not 16 (`codegen.quantize.narrow_parts`).
    """
    return 4 + (16 if recipe.symmetric else 8 + 4) / largest_group(matrix.shape[1], wanted)
