"""What to make of each matrix: its bits, its groups and how its codes are found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Literal

from codegen.gpu.packed_weights import DEFAULT_GROUP_SIZE, Packer

Method = Literal["nearest", "compensated"]
MATRICES = ("qkv", "out", "gate_up", "down")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a model becomes one of 4 or 8 bits; groups and zero points are for 4.

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
    bits: Literal[4, 8] = 4

    def keeping(self, wide: frozenset[str]) -> Recipe:
        """The same with other matrices at 8 bits."""
        return replace(self, wide=wide)

    def keeping_kinds(self, kinds: frozenset[str], n_layers: int) -> Recipe:
        """The same with these matrices at 8 bits in every layer."""
        return self.keeping(
            frozenset(f"layers.{i}.{kind}" for i in range(n_layers) for kind in kinds)
        )

    def as_json(self) -> dict[str, object]:
        """The fields that a report shows; `wide` has a place of its own there."""
        fields = asdict(self)
        del fields["wide"]
        return fields


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of one run: a packer, and with a recipe a calibration in its place.

    wide_kinds: kinds of matrices that keep 8 bits in every layer.
    at_most: the share of the bf16 size that further matrices of 8 bits may fill up, or None.
    n_tuning_steps: how often all scales are moved together after rounding.
    own_texts: whether to tune on what the source writes itself besides.
    """

    packer: Packer
    recipe: Recipe | None = None
    wide_kinds: frozenset[str] = frozenset()
    at_most: float | None = None
    n_tuning_steps: int = 0
    own_texts: bool = False
    measure: bool = False
