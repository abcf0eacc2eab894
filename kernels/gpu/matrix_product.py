# mypy: ignore-errors
"""The tensor cores' product, in a form that Triton's interpreter computes correctly too."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def dot(a, b, INTERPRETED: tl.constexpr):
    """`a @ b` of float16 or bfloat16 operands, summed in float32.

    The interpreter multiplies the bit patterns of bfloat16 as if they were integers, so there the
    operands are widened first, which is exact.
    """
    if INTERPRETED:
        product = tl.dot(a.to(tl.float32), b.to(tl.float32), input_precision="ieee")
    else:
        product = tl.dot(a, b)
    return product
