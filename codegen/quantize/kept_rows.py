"""Rows of an embedding at 8 bits, where the rest is read off a head of 4.

The tokens that texts are made of are few: in a vocabulary of merges the frequent ones come first,
and the markers last. Their rows in 8 bits cost a file little and bring most of the difference
between an embedding of 4 bits and one of 16.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from codegen.tokenizer import Tokenizer
from kernels.packing8 import ZERO, quantize_int8

# One part in so many of the vocabulary.
FREQUENT = 32


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Shapes: rows [R] int32 token ids, codes [R, C] uint8 (128 is 0), scales [R] bfloat16."""

    rows: Tensor
    codes: Tensor
    scales: Tensor

    def put_into(self, embed: Tensor) -> Tensor:
        """The embedding with these rows in their place. Shapes: [V, C] bfloat16 -> the same."""
        numbers = (self.codes.float() - ZERO) * self.scales.float()[:, None]
        return embed.index_copy(0, self.rows.long(), numbers.to(embed.dtype))


def kept_rows(embed: Tensor, tokenizer: Tokenizer) -> KeptRows:
    """The rows of the frequent tokens and of the markers. Shapes: embed [V, C].

    Raises:
        ValueError: one of them holds a number that is not finite.
    """
    V = embed.shape[0]
    frequent = V // FREQUENT
    ids = [i for i in range(V) if i < frequent or tokenizer.is_special(i)]
    rows = torch.tensor(ids, dtype=torch.int32, device=embed.device)
    return KeptRows(rows, *quantize_int8(embed[rows.long()]))
