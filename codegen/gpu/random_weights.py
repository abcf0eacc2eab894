"""Weights of a real model's shapes and no meaning: speed does not depend on the values."""

from __future__ import annotations

import torch
from torch import Tensor

from codegen.gpu.packed_weights import (
    DEFAULT_GROUP_SIZE,
    Format,
    PackedLayer,
    PackedWeights,
    largest_group,
)
from codegen.model_config import ModelConfig
from kernels.packing import Int4Weight
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import Weight
from kernels.step import Projection

# The spread of uniform codes, by which a scale turns them into weights of unit spread.
_SPREAD = {"int4": 4.6, "int8": 74.0}


def random_weights(
    config: ModelConfig, kind: Format, device: torch.device, *, as_blocks: bool = False
) -> PackedWeights:
    """Weights that keep activations near their size, made on the device.

    With as_blocks those of 4 bits are as a Q4_K_M file's are once taken over: groups of 32 with
    zero points, and every other layer's qkv and down in 8 bits.
    """
    C, F = config.hidden, config.ffn
    q_rows = config.n_heads * config.head_dim
    rows = q_rows + 2 * config.n_kv_heads * config.head_dim

    def projection(
        N: int, K: int, n_pairs: int = 0, *, bias: bool = False, wide: bool = False
    ) -> Projection:
        values = torch.randn(N, device=device) if bias else None
        if as_blocks and not wide:
            weight: Weight = _random_blocks(N, K, device)
        else:
            weight = _random(N, K, "int8" if as_blocks else kind, device)
        return Projection(weight, values, 0 if kind == "bf16" else n_pairs)

    def ones() -> Tensor:
        return torch.ones(C, device=device)

    layers = tuple(
        PackedLayer(
            attn_norm=ones(),
            qkv=projection(rows, C, config.head_dim // 2, bias=config.qkv_bias, wide=i % 2 == 1),
            out=projection(C, q_rows),
            ffn_norm=ones(),
            gate_up=projection(2 * F, C, F),
            down=projection(C, F, wide=i % 2 == 1),
        )
        for i in range(config.n_layers)
    )
    return PackedWeights(
        config=config,
        kind=kind,
        embed=torch.randn(config.vocab, C, device=device).bfloat16(),
        layers=layers,
        final_norm=ones(),
        head=Projection(_random(config.vocab, C, "int8" if kind == "int4" else kind, device)),
    )


def _random(N: int, K: int, kind: Format, device: torch.device) -> Weight:
    if kind == "bf16":
        return torch.randn(N, K, dtype=torch.float16, device=device).div_(K**0.5)
    group_size = largest_group(K, DEFAULT_GROUP_SIZE)
    tiles, groups, steps = -(-N // 16), K // group_size, group_size // 32
    planes = (2,) if kind == "int8" else ()
    words = torch.randint(
        -(2**31),
        2**31 - 1,
        (tiles, groups, *planes, 2, 8, 4, steps),
        dtype=torch.int32,
        device=device,
    )
    scale = 1 / (_SPREAD[kind] * K**0.5)
    n_scales = 1 if kind == "int8" else groups
    scales = torch.full((tiles, n_scales, 8, 2), scale, dtype=torch.bfloat16, device=device)
    if kind == "int8":
        return Int8Weight(words, scales, N, K, group_size)
    return Int4Weight(words, scales, None, N, K, group_size)


def _random_blocks(N: int, K: int, device: torch.device) -> Int4Weight:
    weight = _random(N, K, "int4", device)
    assert isinstance(weight, Int4Weight)
    tiles, groups = -(-N // 16), K // 32
    zeros = torch.randint(96, 160, (tiles, groups, 8, 2), device=device).bfloat16() / 16
    scales = weight.scales[:, :1].expand(-1, groups, -1, -1).contiguous()
    words = weight.words.reshape(tiles, groups, 2, 8, 4, 1)
    return Int4Weight(words, scales, zeros, N, K, 32, has_fine_zeros=True)
