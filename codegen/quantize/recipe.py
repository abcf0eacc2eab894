"""What to make of each matrix: its bits, its groups and how its codes are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codegen.gpu.packed_weights import DEFAULT_GROUP_SIZE

Method = Literal["nearest", "compensated"]
MATRICES = ("qkv", "out", "gate_up", "down")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model becomes one of 4 bits.

    group_size: columns that share a scale, or the largest size below it that divides them.
    head_group_size: the head's; None keeps the head at 8 bits.
    scaled: whether columns are scaled by what they are fed (`codegen.quantize.scaling`).
    method: rounding alone, or with the error of each column made up for by the next ones.
    wide: matrices that keep 8 bits, such as "layers.2.down".
    """

    group_size: int = DEFAULT_GROUP_SIZE
    head_group_size: int | None = None
    symmetric: bool = True
    scaled: bool = False
    method: Method = "compensated"
    wide: frozenset[str] = frozenset()
