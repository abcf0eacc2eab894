"""4-bit matrices in a checkpoint that bitsandbytes wrote, and how to write one.

A matrix NAME of such a safetensors file is NAME with the codes [bytes, 1] and, beside it,
`NAME.absmax`, `NAME.quant_map`, with double quantisation `NAME.nested_absmax` and
`NAME.nested_quant_map`, and the bytes of a JSON text, `NAME.quant_state.bitsandbytes__nf4`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container
from typing import Any

import torch
from torch import Tensor

from codegen.errors import ModelFileError, UnsupportedModel
from kernels.nf4 import NestedScales, Nf4Weight

_STATE = ".quant_state.bitsandbytes__"
_TYPES = ("nf4", "fp4")
_LARGEST_SIDE = 1 << 24


def state_name(name: str, names: Container[str]) -> str | None:
    """The name of a matrix's description, or None for one that is not quantised."""
    return next((name + _STATE + kind for kind in _TYPES if name + _STATE + kind in names), None)


def read_matrix(name: str, state: str, read: Callable[[str], Tensor]) -> Nf4Weight:
    """Reads one matrix and checks that its parts fit together.

    Raises:
        ModelFileError: a part is missing, or has another size than the others say.
    """
    fields = _fields(name, read(state))
    try:
        N, K = (int(size) for size in fields["shape"])
        block_size, nested_offset = int(fields["blocksize"]), fields.get("nested_offset")
        codes, levels, absmax = (
            read(part).flatten() for part in (name, f"{name}.quant_map", f"{name}.absmax")
        )
        scales: Tensor | NestedScales = absmax
        if nested_offset is not None:
            scales = NestedScales(
                codes=absmax,
                levels=read(f"{name}.nested_quant_map").flatten().float(),
                scales=read(f"{name}.nested_absmax").flatten().float(),
                offset=float(nested_offset),
                block_size=int(fields["nested_blocksize"]),
            )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{name}'s quantisation is incomplete ({error}); pull it again"
        ) from error
    weight = Nf4Weight(codes, levels.float(), scales, (N, K), block_size)
    if not _fits(weight):
        raise ModelFileError(f"{name} has other sizes than its description says; pull it again")
    return weight


def tensors_of(name: str, weight: Nf4Weight) -> dict[str, Tensor]:
    """The tensors that bitsandbytes would write for a matrix."""
    fields: dict[str, object] = {
        "quant_type": "nf4",
        "blocksize": weight.block_size,
        "dtype": "bfloat16",
        "shape": list(weight.shape),
    }
    tensors = {name: weight.codes[:, None], f"{name}.quant_map": weight.levels}
    if isinstance(weight.scales, NestedScales):
        nested = weight.scales
        fields |= {
            "nested_blocksize": nested.block_size,
            "nested_dtype": "float32",
            "nested_offset": nested.offset,
        }
        tensors |= {
            f"{name}.absmax": nested.codes,
            f"{name}.nested_absmax": nested.scales,
            f"{name}.nested_quant_map": nested.levels,
        }
    else:
        tensors[f"{name}.absmax"] = weight.scales
    text = json.dumps(fields).encode()
    tensors[f"{name}{_STATE}nf4"] = torch.tensor(list(text), dtype=torch.uint8)
    return tensors


def _fields(name: str, state: Tensor) -> dict[str, Any]:
    try:
        fields = json.loads(bytes(state.flatten().tolist()))
    except ValueError as error:
        raise ModelFileError(f"{name}'s quantisation cannot be read ({error})") from error
    if not isinstance(fields, dict) or fields.get("quant_type") not in _TYPES:
        raise UnsupportedModel(f"{name} is quantised in a way that is not one of {_TYPES}")
    return fields


def _fits(weight: Nf4Weight) -> bool:
    N, K = weight.shape
    if not (0 < N <= _LARGEST_SIDE and 0 < K <= _LARGEST_SIDE and weight.block_size > 0):
        return False
    n_blocks = -(-N * K // weight.block_size)
    if weight.codes.dtype != torch.uint8 or weight.levels.shape != (16,):
        return False
    if weight.codes.numel() != -(-N * K // 2):
        return False
    scales = weight.scales
    if isinstance(scales, Tensor):
        return scales.shape == (n_blocks,) and scales.dtype == torch.float32
    if scales.block_size <= 0 or scales.levels.shape != (256,):
        return False
    nested_blocks = -(-n_blocks // scales.block_size)
    return (
        scales.codes.shape == (n_blocks,)
        and scales.codes.dtype == torch.uint8
        and scales.scales.shape == (nested_blocks,)
    )
