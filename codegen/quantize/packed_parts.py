"""How one matrix lies in a file of packed weights: its tensors, and what the metadata says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from codegen.errors import ModelFileError
from codegen.gpu.packed_weights import FORMATS, Format
from codegen.quantize.narrow_parts import narrow_scales, narrow_zeros, wide_scales, wide_zeros
from kernels.packing import Int4Weight
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import PackedWeight
from kernels.step import Projection


@dataclass(frozen=True, slots=True)
class MatrixEntry:
    """What the metadata says of one matrix.

    n_pairs: as in `Projection`. group_size: 0 for bf16. first_scale: what the bytes of narrow
    scales count from (`codegen.quantize.narrow_parts`); None where the scales are bfloat16.
    """

    kind: Format
    n_rows: int
    n_columns: int
    group_size: int
    n_pairs: int
    first_scale: int | None = None


def parts_of(projection: Projection) -> tuple[MatrixEntry, dict[str, Tensor]]:
    """A matrix's entry and its tensors, by what follows its name in the file."""
    weight = projection.weight
    if isinstance(weight, Tensor):
        entry = MatrixEntry("bf16", weight.shape[0], weight.shape[1], 0, projection.n_pairs)
        return entry, {"": weight}
    kind: Format = "int8" if isinstance(weight, Int8Weight) else "int4"
    parts = {".words": weight.words, ".scales": weight.scales}
    first = None
    if weight.zeros is not None:
        parts[".zeros"] = narrow_zeros(weight.zeros)
        narrow = narrow_scales(weight.scales)
        if narrow is not None:
            parts[".scales"], first = narrow
    entry = MatrixEntry(
        kind, weight.n_rows, weight.n_columns, weight.group_size, projection.n_pairs, first
    )
    return entry, parts


def weight_of(name: str, entry: MatrixEntry, parts: Mapping[str, Tensor]) -> PackedWeight:
    """The packed matrix; sizes are checked before a kernel believes them: it reads as far as they
    say.

    Raises:
        ModelFileError: parts are missing, or they are not what the entry says.
    """
    if ".words" not in parts or ".scales" not in parts or entry.group_size <= 0:
        raise ModelFileError(f"{name} is incomplete")
    words, scales, zeros = parts[".words"], parts[".scales"], parts.get(".zeros")
    if entry.first_scale is not None:
        if scales.dtype != torch.uint8:
            raise ModelFileError(f"{name} has scales of another kind than the file says")
        try:
            scales = wide_scales(scales, entry.first_scale)
        except ValueError as error:
            raise ModelFileError(f"{name} has scales that cannot be read: {error}") from error
    # The first files held zero points as the kernels read them.
    if zeros is not None and zeros.dtype == torch.uint8:
        zeros = wide_zeros(zeros)
    tiles, groups = -(-entry.n_rows // 16), entry.n_columns // entry.group_size
    is_wide = entry.kind == "int8"
    expected = (tiles, groups, *((2,) if is_wide else ()), 2, 8, 4, entry.group_size // 32)
    scale_shape = (tiles, 1 if is_wide else groups, 8, 2)
    fits = _is(words, expected, torch.int32) and _is(scales, scale_shape, torch.bfloat16)
    if not fits or not (zeros is None or _is(zeros, scale_shape, torch.bfloat16)):
        raise ModelFileError(f"{name} has other sizes than the file says")
    if is_wide:
        return Int8Weight(words, scales, entry.n_rows, entry.n_columns, entry.group_size)
    return Int4Weight(words, scales, zeros, entry.n_rows, entry.n_columns, entry.group_size)


def entries_as_json(entries: Mapping[str, MatrixEntry]) -> str:
    """The list of matrices as the metadata holds it."""
    fields = {
        name: [e.kind, e.n_rows, e.n_columns, e.group_size, e.n_pairs, e.first_scale]
        for name, e in entries.items()
    }
    return json.dumps(fields, separators=(",", ":"))


def entries_from_json(text: str) -> dict[str, MatrixEntry]:
    """Undoes `entries_as_json`.

    Raises:
        ModelFileError: the text is no such list.
    """
    try:
        entries = {name: MatrixEntry(*fields) for name, fields in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelFileError(f"its list of matrices cannot be read: {error}") from error
    for name, entry in entries.items():
        sizes = (entry.n_rows, entry.n_columns, entry.group_size, entry.n_pairs)
        numbers = sizes if entry.first_scale is None else (*sizes, entry.first_scale)
        if entry.kind not in FORMATS or any(type(number) is not int for number in numbers):
            raise ModelFileError(f"its list of matrices cannot be read at {name}")
        if min(sizes) < 0:
            raise ModelFileError(f"its list of matrices has sizes below 0 at {name}")
    return entries


def _is(tensor: Tensor, shape: tuple[int, ...], dtype: torch.dtype) -> bool:
    return tuple(tensor.shape) == shape and tensor.dtype == dtype
