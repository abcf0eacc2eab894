"""One matrix in a file: what is written, what is read back, and what is refused."""

from __future__ import annotations

import json

import pytest
import torch
from torch import Tensor

from codegen.errors import ModelFileError
from codegen.quantize.packed_parts import (
    MatrixEntry,
    entries_as_json,
    entries_from_json,
    parts_of,
    weight_of,
)
from codegen.quantize.rounding import round_compensated
from kernels.packing import Int4Weight, pack
from kernels.packing8 import pack_int8, quantize_int8
from kernels.quantized_reference import dequantize
from kernels.step import Projection

N, K, Q = 24, 64, 32


@pytest.fixture
def weight() -> Tensor:
    return torch.randn(N, K, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def four(weight: Tensor) -> Projection:
    codes = round_compensated(weight, torch.eye(K), Q, symmetric=False)
    return Projection(pack(codes.codes, codes.scales, codes.zeros), None, 0)


def test_four_bits_with_zero_points_take_less_in_a_file_and_come_back_the_same(
    four: Projection,
) -> None:
    entry, parts = parts_of(four)
    assert isinstance(four.weight, Int4Weight)
    n_bytes = sum(part.numel() * part.element_size() for part in parts.values())
    rows = 32  # Whole tiles.
    assert n_bytes == rows * K // 2 + rows * (K // Q) + rows * (K // Q) // 2
    assert n_bytes < four.weight.n_bytes
    assert torch.equal(dequantize(weight_of("m", entry, parts)), dequantize(four.weight))


def test_what_the_first_files_held_is_still_read(four: Projection) -> None:
    assert isinstance(four.weight, Int4Weight)
    assert four.weight.zeros is not None
    (old,) = entries_from_json(json.dumps({"m": ["int4", N, K, Q, 0]})).values()
    parts = {
        ".words": four.weight.words,
        ".scales": four.weight.scales,
        ".zeros": four.weight.zeros,
    }
    assert torch.equal(dequantize(weight_of("m", old, parts)), dequantize(four.weight))


def test_eight_bits_come_back_the_same(weight: Tensor) -> None:
    packed = pack_int8(*quantize_int8(weight))
    entry, parts = parts_of(Projection(packed, None, 0))
    assert torch.equal(dequantize(weight_of("m", entry, parts)), dequantize(packed))


def test_entries_survive_the_metadata() -> None:
    entries = {"a": MatrixEntry("int4", 3, 64, 32, 0, 900), "b": MatrixEntry("int8", 3, 64, 64, 8)}
    assert entries_from_json(entries_as_json(entries)) == entries


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"a": 3}',
        '{"a": ["int3", 1, 64, 32, 0]}',
        '{"a": ["int4", "1", 64, 32, 0]}',
        '{"a": ["int4", -1, 64, 32, 0]}',
        '{"a": ["int4", 1, 64, 32, 0, 1.5]}',
        '{"a": ["int4", true, 64, 32, 0]}',
    ],
)
def test_a_damaged_list_is_refused(text: str) -> None:
    with pytest.raises(ModelFileError, match="list of matrices"):
        entries_from_json(text)


def test_parts_that_are_not_what_the_entry_says_are_refused(four: Projection) -> None:
    entry, parts = parts_of(four)
    for wrong in (
        {k: v for k, v in parts.items() if k != ".scales"},
        parts | {".words": parts[".words"].float()},
        parts | {".zeros": parts[".zeros"][:1]},
        parts | {".scales": parts[".scales"][:1]},
        parts | {".scales": torch.ones_like(parts[".scales"], dtype=torch.complex64)},
    ):
        with pytest.raises(ModelFileError, match="m "):
            weight_of("m", entry, wrong)
