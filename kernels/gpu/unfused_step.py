# mypy: ignore-errors
"""The step with nothing fused: the same matmul and attention kernels, torch for all between them.

Only the bench runs it, to say what fusing is worth, by hand and by torch's compiler; weights have
to be in natural order.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.

from kernels.gpu.decode_attention import pool_attention
from kernels.gpu.packed_matmul import packed_linear
from kernels.quantized_reference import Weight
from kernels.step import LayerCache, Places
from kernels.step_reference import PlainStep


@torch.compiler.disable
def _linear(x: Tensor, weight: Weight) -> Tensor:
    return F.linear(x, weight) if isinstance(weight, Tensor) else packed_linear(x, weight)


class UnfusedStep(PlainStep):
    """`PlainStep` in float16 over the GPU's kernels."""

    def __init__(self) -> None:
        """Takes the kernels for what they can do alone."""
        super().__init__(linear=_linear, dtype=torch.float16)

    def attend(self, query: Tensor, places: Places, cache: LayerCache) -> Tensor:
        """The fused step's attention, which reads its places on the device."""
        return pool_attention(query, places, cache)


class CompiledStep(UnfusedStep):
    """The unfused step with torch's compiler over all that lies between the kernels."""

    def qkv(self, *arguments: object) -> Tensor:
        """As compiled."""
        return _compiled("qkv")(self, *arguments)

    def add(self, *arguments: object) -> None:
        """As compiled."""
        _compiled("add")(self, *arguments)

    def gate_up(self, *arguments: object) -> Tensor:
        """As compiled."""
        return _compiled("gate_up")(self, *arguments)


@functools.cache
def _compiled(name: str):
    return torch.compile(getattr(PlainStep, name), dynamic=False)
