"""The converted file of the CPU's int8 decoder: each matrix packed, its scales behind it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from codegen.loading.source import PlannedTensor, WeightSource, plan
from kernels.cpu.library import LANES
from kernels.cpu.packing import (
    pack_codes,
    pack_pair,
    packed_shape,
    pad_scale,
    quantize_channels,
)

SCALE = ".scale"
_BLOCK_ELEMENTS = 4 << 20


def plan_int8(source: WeightSource) -> list[PlannedTensor]:
    """Lists what the converted file holds; matrices are [blocks, K/4, 16, 4] uint8.

    Raises:
        ModelFileError: a tensor is missing or its shape contradicts the config.
    """
    planned: list[PlannedTensor] = []
    for tensor in plan(source, torch.bfloat16):
        if len(tensor.shape) == 1:
            planned.append(tensor)
            continue
        n, k = tensor.shape
        shape = packed_shape(n, k)
        if _is_pair(tensor):
            blocks, *rest = packed_shape(n // 2, k)
            shape = (2 * blocks, *rest)  # type: ignore[assignment]
        planned.append(PlannedTensor(tensor.name, shape, torch.uint8, tensor.parts))
        planned.append(
            PlannedTensor(tensor.name + SCALE, (shape[0] * LANES,), torch.float32, tensor.parts)
        )
    return planned


def int8_pieces(source: WeightSource, planned: list[PlannedTensor]) -> Iterator[Tensor]:
    """The planned tensors' values, end to end, in pieces of a bounded size.

    Raises:
        ModelFileError: the source cannot be read.
    """
    scales: list[Tensor] = []
    for tensor in planned:
        if tensor.dtype == torch.uint8:
            for packed, scale in _packed(source, tensor):
                scales.append(scale)
                yield packed
        elif tensor.name.endswith(SCALE):
            yield torch.cat(scales)
            scales.clear()
        else:
            for part in tensor.parts:
                yield source.rows(part, 0, 1).reshape(-1)


def _packed(source: WeightSource, tensor: PlannedTensor) -> Iterator[tuple[Tensor, Tensor]]:
    k = source.shape(tensor.parts[0])[1]
    step = max(LANES, _BLOCK_ELEMENTS // k // LANES * LANES)
    if _is_pair(tensor):
        gate, up = tensor.parts
        n = source.shape(gate)[0]
        for start in range(0, n, step):
            stop = min(start + step, n)
            pair = pack_pair(source.rows(gate, start, stop), source.rows(up, start, stop))
            yield pair.packed, pair.scale
        return
    n = sum(source.shape(part)[0] for part in tensor.parts)
    for start in range(0, n, step):
        codes, scale = quantize_channels(
            _stacked(source, tensor.parts, start, min(start + step, n))
        )
        yield pack_codes(codes), pad_scale(scale)


def _stacked(source: WeightSource, parts: tuple[str, ...], start: int, stop: int) -> Tensor:
    """Rows [start, stop) of the parts one above the other."""
    found, first = [], 0
    for part in parts:
        n = source.shape(part)[0]
        low, high = max(start - first, 0), min(stop - first, n)
        if low < high:
            found.append(source.rows(part, low, high))
        first += n
    return torch.cat(found)


def _is_pair(tensor: PlannedTensor) -> bool:
    return tensor.name.endswith("gate_up")
