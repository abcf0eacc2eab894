"""Coordinate descent: codes that are moved one at a time while the results' error shrinks.

Rounding column by column makes up for an error only in the columns to come; the first columns were
settled before the errors of the last were known. Going through the columns again, each set to what
is best given all the others, mends that. The levels stay as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from codegen.quantize.rounding import Codes, by_rows, damped
from kernels.packing import LARGEST_CODE

_PASSES = 3


def descended(codes: Codes, weight: Tensor, gram: Tensor) -> Codes:
    """The same levels with codes of less error, or of the same where none can be moved alone.

    Shapes: weight [N, K], gram [K, K] float32.
    """
    gram = damped(gram)

    def moved(weight: Tensor, own: Tensor, scales: Tensor, zeros: Tensor) -> Codes:
        return _moved(Codes(own, scales, zeros), weight, gram)

    return by_rows(moved, weight, codes.codes, codes.scales, codes.zeros)


def _moved(codes: Codes, weight: Tensor, gram: Tensor) -> Codes:
    group_size = weight.shape[1] // codes.scales.shape[1]
    scales, zeros = codes.scales.T.float().contiguous(), codes.zeros.T.float().contiguous()
    divisors = torch.where(scales == 0, 1, scales)
    numbers = codes.numbers()
    # Half the slope of the error at each number: columns lie as rows.
    slope = ((numbers - weight.float()) @ gram).T.contiguous()  # [K, N]
    numbers = numbers.T.contiguous()
    found = torch.empty_like(codes.codes.T)
    for _ in range(_PASSES):
        for k in range(len(numbers)):
            group = k // group_size
            best = numbers[k] - slope[k] / gram[k, k]
            code = (best / divisors[group] + zeros[group]).round_().clamp_(0, LARGEST_CODE)
            moved = (code - zeros[group]) * scales[group]
            slope.addr_(gram[k], moved - numbers[k])
            numbers[k] = moved
            found[k] = code
    return Codes(found.T.contiguous(), codes.scales, codes.zeros)
