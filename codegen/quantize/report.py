"""How far quantised matrices are from what they were made of, layer by layer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from codegen.gpu.packed_weights import PackedWeights
from codegen.loading.weights import DenseWeights
from kernels.paired_rows import natural_rows
from kernels.quantized_reference import dequantize
from kernels.step import Projection


@dataclass(frozen=True, slots=True)
class MatrixError:
    """One matrix: the norm of the error over the norm of the matrix, and its bits a weight."""

    name: str
    relative_error: float
    bits_per_weight: float


def matrix_errors(dense: DenseWeights, packed: PackedWeights) -> Iterator[MatrixError]:
    """Compares every matrix with its source."""
    for i, (source, layer) in enumerate(zip(dense.layers, packed.layers, strict=True)):
        yield _error(f"layers.{i}.qkv", source.qkv, layer.qkv)
        yield _error(f"layers.{i}.out", source.out, layer.out)
        yield _error(f"layers.{i}.gate_up", source.gate_up, layer.gate_up)
        yield _error(f"layers.{i}.down", source.down, layer.down)
    yield _error("head", dense.head, packed.head)


def meaning(projection: Projection) -> Tensor:
    """The matrix that a projection multiplies by, rows in natural order. -> [N, K] float32."""
    if isinstance(projection.weight, Tensor):
        return projection.weight.float()
    rows = dequantize(projection.weight)
    return natural_rows(rows, projection.n_pairs) if projection.n_pairs else rows


def _error(name: str, source: Tensor, projection: Projection) -> MatrixError:
    weight = projection.weight
    expected = source.to(weight.device if isinstance(weight, Tensor) else weight.words.device)
    difference = meaning(projection) - expected.float()
    n_bytes = weight.numel() * 2 if isinstance(weight, Tensor) else weight.n_bytes
    relative = float(difference.norm() / expected.float().norm().clamp_min(torch.finfo().tiny))
    return MatrixError(name, relative, 8 * n_bytes / source.numel())
