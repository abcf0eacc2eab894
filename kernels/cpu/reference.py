"""The definition of the CPU's int8 decoder, in plain torch.

The integers are exact. A group's product is a whole number below 2**24, so that float32 holds it;
from there on the sums are float32, group by group, in order.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

from kernels import reference
from kernels.cpu.library import GROUP
from kernels.cpu.model import Int8Layer, Int8Model
from kernels.cpu.packing import LEVELS, Int8Matrix, unpack_codes, unpack_pair

# Below this a group is zeros: its factor of 127 over it must stay finite.
SMALLEST = 1e-30


def quantize_rows(x: Tensor) -> tuple[Tensor, Tensor]:
    """Rounds each group of 128 activations of a row to 127 steps on either side of zero.

    A group that holds no number (NaN or infinity) has codes of zero and the scale NaN.

    Shapes: x [M, K] float32 -> codes [M, K] int8, scale [M, groups] float32.
    """
    M, K = x.shape
    padded = F.pad(x, (0, -K % GROUP)).view(M, -1, GROUP)
    most = padded.abs().amax(-1)  # [M, groups]
    is_number = padded.isfinite().all(-1)
    is_zero = most < SMALLEST
    factor = torch.where(is_zero, 0.0, LEVELS / most)
    codes = (torch.where(is_number[..., None], padded, 0.0) * factor[..., None]).round()
    codes = torch.where(is_number[..., None], codes, 0.0).clamp(-LEVELS, LEVELS)
    scale = torch.where(is_number, torch.where(is_zero, 0.0, most / LEVELS), torch.nan)
    return codes.to(torch.int8).view(M, -1)[:, :K], scale


def linear(x: Tensor, matrix: Int8Matrix) -> Tensor:
    """Multiplies quantised rows by quantised channels: `x @ w.T`.

    Shapes: x [M, K] float32 -> [M, N] float32.
    Traffic: N * K bytes of weight, once.
    """
    codes, scale = quantize_rows(x)
    weight = unpack_codes(matrix.packed, matrix.n, matrix.k).float()
    total = torch.zeros(x.shape[0], matrix.n)
    for g, start in enumerate(range(0, matrix.k, GROUP)):
        part = slice(start, start + GROUP)
        products = codes[:, part].float() @ weight[:, part].T
        # One rounding, as the multiply-add of the kernels has.
        total = (products.double() * scale[:, g : g + 1] + total).float()
    return total * matrix.scale[: matrix.n]


def gated(x: Tensor, gate_up: Int8Matrix) -> Tensor:
    """The gated activation of two products. Shapes: x [M, C] -> [M, F]."""
    gate, up = unpack_pair(gate_up)
    return F.silu(linear(x, gate)) * linear(x, up)


def embed(token_ids: Tensor, table: Int8Matrix) -> Tensor:
    """Looks tokens up in a packed table. Shapes: token_ids [T] -> [T, C] float32."""
    block, lane = token_ids // 16, token_ids % 16
    rows = table.packed[block, :, lane].flatten(1)[:, : table.k]
    return (rows.float() - 128) * table.scale[token_ids, None]


def forward(model: Int8Model, token_ids: Tensor) -> Tensor:
    """The whole decoder over one sequence from its beginning.

    Shapes: token_ids [T] -> logits [T, V] float32.
    """
    residual = embed(token_ids, model.embed)
    for layer in model.layers:
        residual = residual + _attended(model, layer, residual)
        normed = _norm(residual, layer.ffn_norm, model)
        residual = residual + linear(gated(normed, layer.gate_up), layer.down)
    return linear(_norm(residual, model.final_norm, model), model.head)


def _attended(model: Int8Model, layer: Int8Layer, residual: Tensor) -> Tensor:
    sizes = model.sizes
    T, H, G, D = residual.shape[0], sizes.n_heads, sizes.n_kv_heads, sizes.head_dim
    qkv = linear(_norm(residual, layer.attn_norm, model), layer.qkv)
    if layer.qkv_bias is not None:
        qkv = qkv + layer.qkv_bias
    q, k, v = torch.split(qkv.view(T, H + 2 * G, D), [H, G, G], dim=1)
    cos, sin = model.cosines[:T], model.sines[:T]
    q, k = reference.apply_rope(q, cos, sin), reference.apply_rope(k, cos, sin)
    mixed = reference.attention(q, k.transpose(0, 1), v.transpose(0, 1))  # [T, H, D]
    return linear(mixed.flatten(1), layer.out)


def _norm(x: Tensor, weight: Tensor, model: Int8Model) -> Tensor:
    return reference.add_rms_norm(x, None, weight, model.sizes.eps, torch.float32)[1]
