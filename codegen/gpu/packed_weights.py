"""The decoder's weights as the step's operations take them: projections of one format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, get_args

import torch
from torch import Tensor

from codegen.errors import UnsupportedModel
from codegen.loading.weights import DenseWeights
from codegen.model_config import ModelConfig
from kernels import packing
from kernels.packing import GROUP_SIZES, Int4Weight, pack, quantize
from kernels.packing8 import pack_int8, quantize_int8
from kernels.paired_rows import pair_rows
from kernels.quantized_reference import PackedWeight, Weight
from kernels.step import Projection, Shape

Format = Literal["bf16", "int8", "int4"]
FORMATS: tuple[Format, ...] = get_args(Format)
DEFAULT_GROUP_SIZE = 128


@dataclass(frozen=True, slots=True)
class PackedLayer:
    """One decoder layer; norms are [C] float32."""

    attn_norm: Tensor
    qkv: Projection
    out: Projection
    ffn_norm: Tensor
    gate_up: Projection
    down: Projection


@dataclass(frozen=True, slots=True)
class PackedWeights:
    """All weights of a decoder on one device.

    Shapes: embed [V, C] bfloat16, final_norm [C] float32.
    """

    config: ModelConfig
    kind: Format
    embed: Tensor
    layers: tuple[PackedLayer, ...]
    final_norm: Tensor
    head: Projection

    @property
    def shape(self) -> Shape:
        """The sizes that the kernels want."""
        return shape_of(self.config)

    @property
    def n_bytes(self) -> int:
        """The bytes that one step of one token reads."""
        return sum(_n_bytes(projection.weight) for projection in self.projections())

    def projections(self) -> Iterator[Projection]:
        """Every matrix but the embedding."""
        for layer in self.layers:
            yield from (layer.qkv, layer.out, layer.gate_up, layer.down)
        yield self.head


def in_chunks(weights: PackedWeights) -> PackedWeights:
    """The same weights with small groups lying as the kernels read them fastest."""

    def chunked(projection: Projection) -> Projection:
        weight = projection.weight
        if not isinstance(weight, Int4Weight):
            return projection
        return replace(projection, weight=packing.in_chunks(weight))

    layers = tuple(
        replace(
            layer,
            qkv=chunked(layer.qkv),
            out=chunked(layer.out),
            gate_up=chunked(layer.gate_up),
            down=chunked(layer.down),
        )
        for layer in weights.layers
    )
    return replace(weights, layers=layers, head=chunked(weights.head))


@dataclass(frozen=True, slots=True)
class Packer:
    """How matrices become projections: the head of a 4-bit model takes 8 bits.

    The head is a small part of the bytes and decides every token. `symmetric` is whether 4-bit
    groups do without a zero point.
    """

    kind: Format
    group_size: int = DEFAULT_GROUP_SIZE
    symmetric: bool = True

    def projection(
        self, matrix: Tensor, bias: Tensor | None = None, n_pairs: int = 0
    ) -> Projection:
        """Packs one matrix. Shapes: matrix [N, K], bias [N]."""
        if self.kind == "bf16":
            # Activations are float16; a number of bfloat16 is one of float16 but where it is tiny.
            return Projection(matrix.half(), bias)
        return Projection(self._packed(matrix, n_pairs), bias, n_pairs)

    def head(self, matrix: Tensor) -> Projection:
        """Packs the head. Shapes: matrix [V, C]."""
        return Packer("int8" if self.kind == "int4" else self.kind).projection(matrix)

    def _packed(self, matrix: Tensor, n_pairs: int) -> PackedWeight:
        ordered = pair_rows(matrix, n_pairs) if n_pairs else matrix
        if self.kind == "int8":
            return pack_int8(*quantize_int8(ordered))
        # One scale covers at most what the columns allow: 896 of them are 7 groups of 128.
        group_size = largest_group(matrix.shape[1], self.group_size)
        codes, scales, zeros = quantize(ordered, group_size, symmetric=self.symmetric)
        return pack(codes, scales, None if self.symmetric else zeros)


def shape_of(config: ModelConfig) -> Shape:
    """The sizes that the kernels want."""
    return Shape(
        H=config.n_heads,
        G=config.n_kv_heads,
        D=config.head_dim,
        C=config.hidden,
        F=config.ffn,
        rms_eps=config.rms_eps,
    )


def largest_group(n_columns: int, at_most: int) -> int:
    """The largest group size that divides the columns, up to the one asked for."""
    return max(size for size in GROUP_SIZES if size <= at_most and n_columns % size == 0)


def check_packable(config: ModelConfig) -> None:
    """Refuses shapes that the packed formats cannot hold.

    Raises:
        UnsupportedModel: a matrix has columns that are no multiple of 32, or pairs that are none
            of 8.
    """
    columns = (config.hidden, config.ffn, config.n_heads * config.head_dim)
    if any(n % min(GROUP_SIZES) for n in columns) or config.head_dim % 16 or config.ffn % 8:
        raise UnsupportedModel(
            f"a model of hidden size {config.hidden}, feed-forward size {config.ffn} and head size "
            f"{config.head_dim} cannot be packed: it takes multiples of 32, 32 and 16"
        )


def pack_weights(
    dense: DenseWeights,
    packer: Packer,
    device: torch.device,
    progress: Callable[[float], None] = lambda share: None,
) -> PackedWeights:
    """Quantises and uploads converted weights, matrix by matrix.

    Raises:
        UnsupportedModel: the shapes do not suit the format.
        ValueError: a matrix holds NaN or infinity.
    """
    config = dense.config
    if packer.kind != "bf16":
        check_packable(config)
    layers: list[PackedLayer] = []
    for layer in dense.layers:
        bias = None if layer.qkv_bias is None else layer.qkv_bias.to(device)
        layers.append(
            PackedLayer(
                attn_norm=layer.attn_norm.to(device),
                qkv=packer.projection(layer.qkv.to(device), bias, config.head_dim // 2),
                out=packer.projection(layer.out.to(device)),
                ffn_norm=layer.ffn_norm.to(device),
                gate_up=packer.projection(layer.gate_up.to(device), None, config.ffn),
                down=packer.projection(layer.down.to(device)),
            )
        )
        progress(len(layers) / len(dense.layers))
    embed = dense.embed.to(device).bfloat16()
    head = embed if dense.head is dense.embed else dense.head.to(device)
    return PackedWeights(
        config=config,
        kind=packer.kind,
        embed=embed,
        layers=tuple(layers),
        final_norm=dense.final_norm.to(device),
        head=packer.head(head),
    )


def _n_bytes(weight: Weight) -> int:
    if isinstance(weight, Tensor):
        return weight.numel() * weight.element_size()
    return weight.n_bytes
