"""Models whose embedding and head are one matrix, also where a file holds two roundings of it.

A GGUF of a tied model may carry the matrix twice, each copy at its own bits.
"""

from __future__ import annotations

from dataclasses import replace

from codegen.loading.weights import DenseWeights

# Rows of two roundings of one matrix differ by a twentieth, rows of two matrices by more than all.
_LARGEST_DIFFERENCE = 0.2
_ROWS_COMPARED = 1024


def is_one_matrix(dense: DenseWeights) -> bool:
    """Whether the embedding and the head stand for the same matrix."""
    if dense.head is dense.embed:
        return True
    embed, head = (matrix[:_ROWS_COMPARED].float() for matrix in (dense.embed, dense.head))
    return bool((embed - head).norm() <= _LARGEST_DIFFERENCE * head.norm())


def with_one_matrix(dense: DenseWeights) -> DenseWeights:
    """The same weights with the head's copy, which decides every token, for both."""
    return replace(dense, embed=dense.head)
