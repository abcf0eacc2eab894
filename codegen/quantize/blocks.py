"""What a GGUF's blocks lose on their way to bfloat16, from which everything else is made.

A block's number is a scale of 16 bits times a small integer, and has up to 16 bits of mantissa;
bfloat16 keeps 8 of them. The codes of a block are not taken over: 16 levels of our own groups fit
neither the 32 of Q5_0 nor the two-level scales of Q4_K, so that a model is rounded a second time,
with that loss stated in the same report.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from codegen.loading.gguf import read_gguf

# Enough numbers of each matrix to know an error of rounding by.
_ROWS_READ = 256


@dataclass(frozen=True, slots=True)
class BlockLoss:
    """Matrices of one block format.

    bits_per_weight: in the file. relative_error: the norm of what bfloat16 takes away over the norm
    of the numbers, over the first rows of each matrix.
    """

    kind: str
    n_matrices: int
    n_weights: int
    bits_per_weight: float
    relative_error: float


def block_losses(path: Path) -> list[BlockLoss]:
    """The formats of a GGUF's matrices, the one with the most weights first.

    Raises:
        ModelFileError: the file is damaged.
        UnsupportedModel: a format that is not implemented.
    """
    found: dict[str, list[tuple[int, int, float, float]]] = {}
    with read_gguf(path) as file:
        for name, entry in file.tensors.items():
            if len(entry.shape) < 2:
                continue
            numbers = torch.from_numpy(file.rows(name, 0, min(_ROWS_READ, entry.n_rows)).copy())
            lost = float((numbers.bfloat16().float() - numbers).square().sum())
            n_weights = entry.n_rows * entry.shape[-1]
            of = float(numbers.square().sum())
            found.setdefault(entry.kind.name, []).append((n_weights, entry.n_bytes, lost, of))
    losses = []
    for kind, matrices in found.items():
        n_weights, n_bytes, lost, of = (sum(column) for column in zip(*matrices, strict=True))
        error = (lost / of) ** 0.5 if of else 0.0
        losses.append(
            BlockLoss(kind, len(matrices), int(n_weights), 8 * n_bytes / n_weights, error)
        )
    return sorted(losses, key=lambda loss: (-loss.n_weights, loss.kind))
