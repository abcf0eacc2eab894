"""A decoder's packed weights, and the addresses of them that the C library is given."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

from torch import Tensor

from kernels.cpu import library
from kernels.cpu.packing import Int8Matrix


@dataclass(frozen=True, slots=True)
class Sizes:
    """The decoder's shape, by the repository's legend, and its norms' epsilon."""

    hidden: int
    ffn: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    vocab: int
    eps: float


@dataclass(frozen=True, slots=True)
class Int8Layer:
    """One layer. Shapes: attn_norm and ffn_norm [C], qkv_bias [(H + 2G) * D] or None; float32."""

    attn_norm: Tensor
    qkv: Int8Matrix
    qkv_bias: Tensor | None
    out: Int8Matrix
    ffn_norm: Tensor
    gate_up: Int8Matrix
    down: Int8Matrix


@dataclass(frozen=True, slots=True)
class Int8Model:
    """All weights. Shapes: final_norm [C], cosines and sines [positions, D / 2]; float32.

    embed and head are the same object where the model ties them.
    """

    sizes: Sizes
    embed: Int8Matrix
    layers: tuple[Int8Layer, ...]
    final_norm: Tensor
    head: Int8Matrix
    cosines: Tensor
    sines: Tensor


def runs(sizes: Sizes) -> bool:
    """Whether the C kernels have room for such heads."""
    return sizes.n_heads // sizes.n_kv_heads <= library.MOST_HEADS and sizes.head_dim % 2 == 0


def addresses(model: Int8Model) -> library.Model:
    """The structure that describes `model`, which must outlive it."""
    sizes = model.sizes
    layers = (library.Layer * len(model.layers))(*(_layer(layer) for layer in model.layers))
    return library.Model(
        layers=ctypes.cast(layers, ctypes.POINTER(library.Layer)),
        final_norm=model.final_norm.data_ptr(),
        cosines=model.cosines.data_ptr(),
        sines=model.sines.data_ptr(),
        embed=matrix(model.embed),
        head=matrix(model.head),
        n_layers=len(model.layers),
        hidden=sizes.hidden,
        ffn=sizes.ffn,
        n_heads=sizes.n_heads,
        n_kv_heads=sizes.n_kv_heads,
        head_dim=sizes.head_dim,
        eps=sizes.eps,
    )


def matrix(packed: Int8Matrix) -> library.Matrix:
    """The structure that describes one matrix."""
    return library.Matrix(packed.packed.data_ptr(), packed.scale.data_ptr(), packed.n, packed.k)


def _layer(layer: Int8Layer) -> library.Layer:
    bias = layer.qkv_bias
    return library.Layer(
        attn_norm=layer.attn_norm.data_ptr(),
        qkv=matrix(layer.qkv),
        qkv_bias=None if bias is None else bias.data_ptr(),
        out=matrix(layer.out),
        ffn_norm=layer.ffn_norm.data_ptr(),
        gate_up=matrix(layer.gate_up),
        down=matrix(layer.down),
    )
