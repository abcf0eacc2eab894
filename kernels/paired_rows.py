"""The order of rows that lets one program of a matmul finish what two of its rows decide together.

A rotary pair is (d, d + D / 2) of a head, a gated pair is (gate f, up f). Their rows of the weight
would lie far apart, in tiles that different programs multiply. In paired order the two rows of a
pair are rows r and r + 8 of one tile of 16, which one thread of the tensor cores holds both of:

    natural row  block * 2 * n + half * n + 8 * tile + r     (n pairs a block)
    paired row   block * 2 * n + 16 * tile + 8 * half + r

One block is a head, or the whole gate-up matrix.
"""

from __future__ import annotations

from torch import Tensor

HALF_TILE = 8


def pair_rows(matrix: Tensor, n_pairs: int) -> Tensor:
    """Puts the rows of every block of `2 * n_pairs` into paired order.

    Shapes: matrix [N, ...] -> [N, ...], N a multiple of 2 * n_pairs.

    Raises:
        ValueError: n_pairs is not a multiple of 8, or does not divide the rows.
    """
    _check(matrix, n_pairs)
    halves = matrix.reshape(-1, 2, n_pairs // HALF_TILE, HALF_TILE, *matrix.shape[1:])
    return halves.transpose(1, 2).reshape(matrix.shape)


def natural_rows(matrix: Tensor, n_pairs: int) -> Tensor:
    """Undoes `pair_rows`. Shapes: matrix [N, ...] -> [N, ...]."""
    _check(matrix, n_pairs)
    halves = matrix.reshape(-1, n_pairs // HALF_TILE, 2, HALF_TILE, *matrix.shape[1:])
    return halves.transpose(1, 2).reshape(matrix.shape)


def _check(matrix: Tensor, n_pairs: int) -> None:
    if n_pairs < HALF_TILE or n_pairs % HALF_TILE or matrix.shape[0] % (2 * n_pairs):
        raise ValueError(
            f"{matrix.shape[0]} rows in blocks of {n_pairs} pairs: pairs must come in eights and "
            "blocks must divide the rows"
        )
