"""Quantises a model layer by layer while a text runs through it.

Each layer is calibrated on what the layers before it, already quantised, make of the text, so that
it makes up for their errors too. Nothing is held of more than one layer but the text's stream.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from codegen.gpu.packed_weights import (
    PackedLayer,
    PackedWeights,
    Packer,
    check_packable,
    largest_group,
)
from codegen.loading.weights import DenseWeights, LayerWeights
from codegen.model_config import ModelConfig
from codegen.quantize.descent import descended
from codegen.quantize.forward import Layers, embedded
from codegen.quantize.recipe import MATRICES, Recipe
from codegen.quantize.report import meaning
from codegen.quantize.rounding import (
    Codes,
    round_compensated,
    round_compensated_int8,
    round_nearest,
)
from codegen.quantize.scaling import scale_layer, scaled_gram
from kernels.packing import pack
from kernels.packing8 import pack_int8
from kernels.paired_rows import pair_rows
from kernels.step import Projection

_SEQUENCES_AT_ONCE = 8


def quantize_calibrated(
    dense: DenseWeights,
    recipe: Recipe,
    token_ids: Tensor,
    device: torch.device,
    progress: Callable[[float], None] = lambda share: None,
) -> PackedWeights:
    """Packs a model, calibrated on a text.

    Shapes: token_ids [B, T] int64.

    Raises:
        UnsupportedModel: the shapes do not suit the format.
    """
    config = dense.config
    check_packable(config)
    token_ids = token_ids.to(device)
    layers = Layers(config, token_ids.shape[1], device)
    stream = embedded(dense, token_ids.to(dense.embed.device)).to(device)
    packed: list[PackedLayer] = []
    for i, source in enumerate(dense.layers):
        layer = _on(source, device)
        grams = _grams(layers, layer, stream)
        quantized, numbers = _quantized(f"layers.{i}.", config, layer, grams, recipe)
        packed.append(quantized)
        stream = _through(layers, numbers, stream)
        progress((i + 1) / len(dense.layers))
    final_norm = dense.final_norm.to(device)
    fed = stream * torch.rsqrt(stream.square().mean(-1, keepdim=True) + config.rms_eps) * final_norm
    head = _head(dense.head.to(device), fed.flatten(0, 1), recipe)
    return PackedWeights(
        config=config,
        kind="int8" if recipe.bits == 8 else "int4",
        embed=dense.embed.to(device).bfloat16(),
        layers=tuple(packed),
        final_norm=final_norm,
        head=head,
    )


def _on(layer: LayerWeights, device: torch.device) -> LayerWeights:
    return LayerWeights(
        attn_norm=layer.attn_norm.to(device),
        qkv=layer.qkv.to(device, torch.float32),
        qkv_bias=None if layer.qkv_bias is None else layer.qkv_bias.to(device),
        out=layer.out.to(device, torch.float32),
        ffn_norm=layer.ffn_norm.to(device),
        gate_up=layer.gate_up.to(device, torch.float32),
        down=layer.down.to(device, torch.float32),
    )


def _grams(layers: Layers, layer: LayerWeights, stream: Tensor) -> dict[str, Tensor]:
    """The sum of x x^T over the text, for what each matrix is fed. Shapes: -> [K, K] each."""
    grams: dict[str, Tensor] = {}

    def observe(name: str, x: Tensor) -> None:
        rows = x.flatten(0, -2).float()
        product = rows.T @ rows
        grams[name] = grams[name] + product if name in grams else product

    for part in torch.split(stream, _SEQUENCES_AT_ONCE):
        layers.run(layer, part, observe)
    return grams


def _through(layers: Layers, layer: LayerWeights, stream: Tensor) -> Tensor:
    return torch.cat([layers.run(layer, part) for part in torch.split(stream, _SEQUENCES_AT_ONCE)])


def _quantized(
    at: str, config: ModelConfig, layer: LayerWeights, grams: dict[str, Tensor], recipe: Recipe
) -> tuple[PackedLayer, LayerWeights]:
    """The packed layer, and the numbers that it stands for."""
    if recipe.scaled:
        sizes = {name: _group_size(getattr(layer, name), recipe.group_size) for name in MATRICES}
        layer, by = scale_layer(layer, grams, sizes, symmetric=recipe.symmetric)
        grams = grams | {name: scaled_gram(grams[name], scales) for name, scales in by.items()}
    pairs = {"qkv": config.head_dim // 2, "gate_up": config.ffn}
    made: dict[str, Projection] = {}
    for name in MATRICES:
        matrix: Tensor = getattr(layer, name)
        bias = layer.qkv_bias if name == "qkv" else None
        n_pairs = pairs.get(name, 0)
        if recipe.bits == 8 or at + name in recipe.wide:
            made[name] = _packed_int8(matrix, grams[name], recipe, bias, n_pairs)
        else:
            group_size = _group_size(matrix, recipe.group_size)
            codes = find_codes(matrix, grams[name], group_size, recipe)
            made[name] = _packed(codes, recipe, bias, n_pairs)
    numbers = replace(layer, **{name: meaning(made[name]) for name in MATRICES})
    packed = PackedLayer(
        attn_norm=layer.attn_norm,
        qkv=made["qkv"],
        out=made["out"],
        ffn_norm=layer.ffn_norm,
        gate_up=made["gate_up"],
        down=made["down"],
    )
    return packed, numbers


def find_codes(matrix: Tensor, gram: Tensor, group_size: int, recipe: Recipe) -> Codes:
    """The codes of one matrix as the recipe wants them found."""
    if recipe.method == "nearest":
        return round_nearest(matrix, gram.diagonal(), group_size, symmetric=recipe.symmetric)
    codes = round_compensated(matrix, gram, group_size, symmetric=recipe.symmetric)
    return descended(codes, matrix, gram)


def _head(matrix: Tensor, fed: Tensor, recipe: Recipe) -> Projection:
    """Shapes: matrix [V, C], fed [B * T, C] float32."""
    gram = fed.T @ fed
    if recipe.bits == 8 or recipe.head_group_size is None:
        return _packed_int8(matrix, gram, recipe, None, 0)
    group_size = _group_size(matrix, recipe.head_group_size)
    return _packed(find_codes(matrix, gram, group_size, recipe), recipe, None, 0)


def _packed_int8(
    matrix: Tensor, gram: Tensor, recipe: Recipe, bias: Tensor | None, n_pairs: int
) -> Projection:
    if recipe.method == "nearest":
        return Packer("int8").projection(matrix, bias, n_pairs)
    parts = round_compensated_int8(matrix, gram)
    codes, scales = (pair_rows(part, n_pairs) if n_pairs else part for part in parts)
    return Projection(pack_int8(codes, scales), bias, n_pairs)


def _packed(codes: Codes, recipe: Recipe, bias: Tensor | None, n_pairs: int) -> Projection:
    parts = (codes.codes, codes.scales, codes.zeros)
    ordered = [pair_rows(part, n_pairs) if n_pairs else part for part in parts]
    zeros = None if recipe.symmetric else ordered[2]
    return Projection(pack(ordered[0], ordered[1], zeros), bias, n_pairs)


def _group_size(matrix: Tensor, wanted: int) -> int:
    return largest_group(matrix.shape[1], wanted)
