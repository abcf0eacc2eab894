"""Activation-aware scaling: inputs that matter more are made to sit on a finer grid.

A column of a matrix times s and its input by 1 / s change nothing, but after rounding the column's
error counts 1 / s as much. The division costs nothing either, as it goes into whatever makes the
input: the norm before the matrix, or the rows of `up` before `down`.

Source: Lin et al., "AWQ: Activation-aware Weight Quantization", 2023; the strengths are searched
for with the Gram matrix of the inputs in place of the inputs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor

from codegen.loading.weights import LayerWeights
from codegen.quantize.rounding import result_error, round_nearest

_STRENGTHS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def column_scales(weight: Tensor, gram: Tensor, group_size: int, *, symmetric: bool) -> Tensor:
    """The factors of a matrix's columns that leave the least error in its results.

    All are 1 where scaling does not pay.

    Shapes: weight [N, K], gram [K, K] -> [K] float32.
    """
    importance = gram.diagonal().clamp_min(float(gram.diagonal().mean()) * 1e-6)
    best = torch.ones_like(importance)
    least = torch.inf
    for strength in _STRENGTHS:
        scales = importance.pow(strength / 2)
        scales = scales / scales.log().mean().exp()
        rounded = round_nearest(
            weight * scales, importance / scales.square(), group_size, symmetric=symmetric
        )
        error = result_error(rounded.numbers() / scales - weight, gram)
        if error < least:
            least, best = error, scales
    return best


def scale_layer(
    layer: LayerWeights,
    grams: Mapping[str, Tensor],
    group_sizes: Mapping[str, int],
    *,
    symmetric: bool,
) -> tuple[LayerWeights, dict[str, Tensor]]:
    """The same layer with other columns, and the factors of each matrix whose inputs changed.

    `out` is left alone: the heads that share a value cannot be scaled apart.
    """
    qkv, gate_up, down = (matrix.float() for matrix in (layer.qkv, layer.gate_up, layer.down))
    by = {
        name: column_scales(matrix, grams[name], group_sizes[name], symmetric=symmetric)
        for name, matrix in (("qkv", qkv), ("gate_up", gate_up), ("down", down))
    }
    gate_up = gate_up * by["gate_up"]
    gate, up = gate_up.chunk(2)
    scaled = replace(
        layer,
        attn_norm=layer.attn_norm / by["qkv"],
        qkv=qkv * by["qkv"],
        ffn_norm=layer.ffn_norm / by["gate_up"],
        gate_up=torch.cat((gate, up / by["down"][:, None])),
        down=down * by["down"],
    )
    return scaled, by


def scaled_gram(gram: Tensor, scales: Tensor) -> Tensor:
    """The Gram matrix of inputs that were divided. Shapes: gram [K, K], scales [K]."""
    return gram / scales[:, None] / scales
