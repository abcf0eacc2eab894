"""From a GGUF to packed weights without the way through bfloat16.

Matrices of 4-bit blocks keep their codes (`codegen.gpu.q4_blocks`), so that a model decodes at the
speed of its 4 bits and with the accuracy that its maker measured. All other formats hold more than
16 levels and go to 8 bits a row. What each loses is measured on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.gpu.packed_weights import PackedLayer, PackedWeights, check_packable
from codegen.gpu.q4_blocks import KINDS, as_our_levels, read_blocks
from codegen.loading.source import GgufSource, PlannedTensor, plan
from kernels.packing import pack
from kernels.packing8 import ZERO, pack_int8, quantize_int8
from kernels.paired_rows import pair_rows
from kernels.quantized_reference import PackedWeight
from kernels.step import Projection


@dataclass(frozen=True, slots=True)
class FormatLoss:
    """Matrices of one GGUF format.

    bits: what they have here, scales apart. relative_error: the norm of what was lost over the norm
    of the numbers.
    """

    kind: str
    bits: int
    n_weights: int
    relative_error: float


def has_blocks_to_take_over(path: Path) -> bool:
    """Whether some matrix of the file keeps its codes, and all of them can be packed.

    Raises:
        ModelFileError: the file is damaged.
        UnsupportedModel: an architecture that is not implemented.
    """
    source = GgufSource(path)
    try:
        check_packable(source.config)
        return any(_is_taken(source, t.parts) for t in _matrices(source) if t.name != "embed")
    except UnsupportedModel:
        return False
    finally:
        source.close()


def take_over(
    path: Path,
    device: torch.device,
    progress: Callable[[float], None] = lambda share: None,
) -> tuple[PackedWeights, list[FormatLoss]]:
    """Reads a GGUF's matrices to the device, and says what each format lost.

    Raises:
        ModelFileError: the file is damaged.
        UnsupportedModel: shapes that cannot be packed, or a format that is not implemented.
    """
    source = GgufSource(path)
    try:
        check_packable(source.config)
        return _Reader(source, device).weights(progress)
    except ValueError as error:
        raise ModelFileError(f"{path} is damaged: {error}; pull it again") from error
    finally:
        source.close()


def loss_line(losses: Sequence[FormatLoss]) -> str:
    """What each format lost, for a progress line and the log."""
    each = ", ".join(
        f"{loss.kind} {'kept' if loss.bits == 4 else 'to 8 bits'} {loss.relative_error:.2%}"
        for loss in losses
    )
    return f"Weights of the GGUF on the GPU, with the relative error of each format: {each}"


class _Reader:
    """Makes the weights and adds up what they lost."""

    def __init__(self, source: GgufSource, device: torch.device) -> None:
        self._source = source
        self._device = device
        self._planned = {tensor.name: tensor for tensor in plan(source, torch.bfloat16)}
        # By format and bits: weights, squares of what was lost, squares of the numbers.
        self._sums: dict[tuple[str, int], list[float]] = {}

    def weights(self, progress: Callable[[float], None]) -> tuple[PackedWeights, list[FormatLoss]]:
        config = self._source.config
        layers: list[PackedLayer] = []
        for i in range(config.n_layers):
            at = f"layers.{i}."
            bias = self._vector(at + "qkv_bias") if config.qkv_bias else None
            layers.append(
                PackedLayer(
                    attn_norm=self._vector(at + "attn_norm"),
                    qkv=self._projection(at + "qkv", bias, config.head_dim // 2),
                    out=self._projection(at + "out"),
                    ffn_norm=self._vector(at + "ffn_norm"),
                    gate_up=self._projection(at + "gate_up", None, config.ffn),
                    down=self._projection(at + "down"),
                )
            )
            progress(len(layers) / config.n_layers)
        weights = PackedWeights(
            config=config,
            kind="int4" if any(bits == 4 for _, bits in self._sums) else "int8",
            embed=self._numbers("embed").bfloat16(),
            layers=tuple(layers),
            final_norm=self._vector("final_norm"),
            head=self._projection("embed" if config.tied_head else "head"),
        )
        return weights, self._losses()

    def _projection(self, name: str, bias: Tensor | None = None, n_pairs: int = 0) -> Projection:
        parts = self._planned[name].parts
        weight = self._taken(parts, n_pairs) if _is_taken(self._source, parts) else None
        return Projection(weight or self._rounded(name, parts, n_pairs), bias, n_pairs)

    def _taken(self, parts: Sequence[str], n_pairs: int) -> PackedWeight:
        found: list[tuple[Tensor, ...]] = []
        for part in parts:
            blocks = read_blocks(self._blocks(part), self._source.kind(part))
            codes, scales, zeros = as_our_levels(blocks)
            ours = (codes.view(*scales.shape, -1) - zeros[..., None]) * scales[..., None]
            self._note(part, 4, blocks.numbers(), ours.flatten(1))
            found.append((codes, scales, zeros))
        whole = [torch.cat(column) for column in zip(*found, strict=True)]
        codes, scales, zeros = (pair_rows(t, n_pairs) if n_pairs else t for t in whole)
        return pack(codes, scales, zeros)

    def _rounded(self, name: str, parts: Sequence[str], n_pairs: int) -> PackedWeight:
        numbers = self._numbers(name)
        codes, scales = quantize_int8(numbers)
        ours = (codes.float() - ZERO) * scales.float()[:, None]
        at = 0
        for part in parts:
            own = slice(at, at := at + self._source.shape(part)[0])
            self._note(part, 8, numbers[own], ours[own])
        if n_pairs:
            codes, scales = pair_rows(codes, n_pairs), pair_rows(scales, n_pairs)
        return pack_int8(codes, scales)

    def _blocks(self, part: str) -> Tensor:
        raw = torch.from_numpy(self._source.blocks(part).copy()).to(self._device)
        order = self._source.row_order(part)
        return raw if order is None else raw[order.to(self._device)]

    def _numbers(self, name: str) -> Tensor:
        rows = [
            self._source.rows(part, 0, self._source.shape(part)[0])
            for part in self._planned[name].parts
        ]
        return torch.cat(rows).to(self._device)

    def _vector(self, name: str) -> Tensor:
        parts = self._planned[name].parts
        return torch.cat([self._source.rows(part, 0, 1).reshape(-1) for part in parts]).to(
            self._device
        )

    def _note(self, part: str, bits: int, numbers: Tensor, ours: Tensor) -> None:
        sums = self._sums.setdefault((self._source.kind(part).name, bits), [0.0, 0.0, 0.0])
        sums[0] += numbers.numel()
        sums[1] += float((ours - numbers).square().sum())
        sums[2] += float(numbers.square().sum())

    def _losses(self) -> list[FormatLoss]:
        losses = [
            FormatLoss(kind, bits, int(n), (lost / of) ** 0.5 if of else 0.0)
            for (kind, bits), (n, lost, of) in self._sums.items()
        ]
        return sorted(losses, key=lambda loss: (-loss.n_weights, loss.kind))


def _matrices(source: GgufSource) -> list[PlannedTensor]:
    return [tensor for tensor in plan(source, torch.bfloat16) if len(tensor.shape) == 2]


def _is_taken(source: GgufSource, parts: Sequence[str]) -> bool:
    """One matrix has one format: with a wider part all of it is rounded to 8 bits."""
    return all(source.kind(part) in KINDS for part in parts)
