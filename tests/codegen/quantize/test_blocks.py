"""What blocks of a GGUF lose when they become bfloat16."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind
from gguf import GGUFWriter
from gguf.quants import dequantize, quantize

from codegen.errors import ModelFileError
from codegen.quantize.blocks import block_losses


def write(path: Path) -> dict[Kind, np.ndarray]:
    """Two matrices of 8 bits, one of 5 and a norm; returns the numbers that they stand for."""
    random = np.random.default_rng(3)
    writer = GGUFWriter(path, "qwen2")
    numbers: dict[Kind, list[np.ndarray]] = {}
    for name, kind, rows in (("a", Kind.Q8_0, 300), ("b", Kind.Q5_0, 10), ("c", Kind.Q8_0, 4)):
        raw = quantize(random.standard_normal((rows, 64), dtype=np.float32), kind)
        writer.add_tensor(name, raw, raw_dtype=kind)
        numbers.setdefault(kind, []).append(dequantize(raw, kind)[:256])
    writer.add_tensor("norm", np.ones(64, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return {kind: np.concatenate(each) for kind, each in numbers.items()}


def rounded(numbers: np.ndarray) -> np.ndarray:
    """Numbers with 8 bits of mantissa, to the nearest and ties to even, by their definition."""
    mantissa, exponent = np.frexp(numbers.astype(np.float64))
    return np.ldexp(np.round(mantissa * 256) / 256, exponent)


def test_the_loss_of_each_format_is_that_of_rounding_its_numbers(tmp_path: Path) -> None:
    numbers = write(tmp_path / "m.gguf")
    losses = block_losses(tmp_path / "m.gguf")
    assert [(loss.kind, loss.n_matrices, loss.n_weights) for loss in losses] == [
        ("Q8_0", 2, 304 * 64),
        ("Q5_0", 1, 10 * 64),
    ]
    assert [loss.bits_per_weight for loss in losses] == [8.5, 5.5]
    for loss, kind in zip(losses, (Kind.Q8_0, Kind.Q5_0), strict=True):
        given = numbers[kind].astype(np.float64)
        expected = np.linalg.norm(rounded(given) - given) / np.linalg.norm(given)
        assert loss.relative_error == pytest.approx(expected, rel=1e-3)
        assert 0 < loss.relative_error < 2**-8


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "m.gguf")
    data = (tmp_path / "m.gguf").read_bytes()
    (tmp_path / "m.gguf").write_bytes(data[: len(data) // 2])
    with pytest.raises(ModelFileError):
        block_losses(tmp_path / "m.gguf")
