"""The bounded GGUF reader on good, cut and hostile files."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import dequantize, quantize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.loading.gguf import read_gguf

KINDS = [
    GGMLQuantizationType.F32,
    GGMLQuantizationType.F16,
    GGMLQuantizationType.Q5_0,
    GGMLQuantizationType.Q8_0,
]


def write_sample(path: Path, kind: GGMLQuantizationType = GGMLQuantizationType.F32) -> np.ndarray:
    values = np.random.default_rng(0).standard_normal((6, 64), dtype=np.float32)
    writer = GGUFWriter(path, "qwen2")
    writer.add_uint32("qwen2.block_count", 3)
    writer.add_float32("qwen2.rope.freq_base", 1e6)
    writer.add_array("tokenizer.ggml.tokens", ["a", "ä", "𝛼"])
    writer.add_array("tokenizer.ggml.token_type", [1, 1, 3])
    writer.add_bool("tokenizer.ggml.add_bos_token", False)
    raw = values if kind == GGMLQuantizationType.F32 else quantize(values, kind)
    writer.add_tensor("token_embd.weight", raw, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return np.asarray(dequantize(raw, kind) if kind != GGMLQuantizationType.F32 else values)


@pytest.mark.parametrize("kind", KINDS)
def test_tensors_read_as_the_gguf_package_dequantises_them(
    tmp_path: Path, kind: GGMLQuantizationType
) -> None:
    expected = write_sample(tmp_path / "m.gguf", kind)
    with read_gguf(tmp_path / "m.gguf") as file:
        assert file.tensors["token_embd.weight"].shape == (6, 64)
        np.testing.assert_array_equal(file.rows("token_embd.weight", 0, 6), expected)
        np.testing.assert_array_equal(file.rows("token_embd.weight", 2, 5), expected[2:5])


def test_metadata_keeps_types_and_unicode(tmp_path: Path) -> None:
    write_sample(tmp_path / "m.gguf")
    with read_gguf(tmp_path / "m.gguf") as file:
        assert file.metadata["qwen2.block_count"] == 3
        assert file.metadata["tokenizer.ggml.tokens"] == ["a", "ä", "𝛼"]
        assert file.metadata["tokenizer.ggml.add_bos_token"] is False
        assert list(np.asarray(file.metadata["tokenizer.ggml.token_type"])) == [1, 1, 3]


def test_every_truncation_is_one_clear_line(tmp_path: Path) -> None:
    write_sample(tmp_path / "m.gguf")
    whole = (tmp_path / "m.gguf").read_bytes()
    cut = tmp_path / "cut.gguf"
    for n in range(0, len(whole) - 1, 7):
        cut.write_bytes(whole[:n])
        with pytest.raises(ModelFileError) as caught:
            read_gguf(cut)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("at", "layout", "value"),
    [
        (8, "<Q", 2**64 - 1),
        (8, "<Q", 2**40),
        (16, "<Q", 2**64 - 1),
        (16, "<Q", 10**9),
        (24, "<Q", 2**63),
    ],
)
def test_absurd_counts_are_refused_at_once(
    tmp_path: Path, at: int, layout: str, value: int
) -> None:
    write_sample(tmp_path / "m.gguf")
    raw = bytearray((tmp_path / "m.gguf").read_bytes())
    struct.pack_into(layout, raw, at, value)
    (tmp_path / "m.gguf").write_bytes(raw)
    with pytest.raises(ModelFileError, match="announces"):
        read_gguf(tmp_path / "m.gguf")


def test_an_absurd_array_count_is_refused(tmp_path: Path) -> None:
    header = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)
    entry = struct.pack("<Q", 1) + b"a" + struct.pack("<IIQ", 9, 8, 2**50)
    (tmp_path / "m.gguf").write_bytes(header + entry + b"\0" * 64)
    with pytest.raises(ModelFileError, match="array elements"):
        read_gguf(tmp_path / "m.gguf")


def test_deeply_nested_arrays_are_refused(tmp_path: Path) -> None:
    header = b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"a"
    nested = struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 5000
    (tmp_path / "m.gguf").write_bytes(header + nested)
    with pytest.raises(ModelFileError, match="nest"):
        read_gguf(tmp_path / "m.gguf")


def test_a_tensor_beyond_the_file_is_refused(tmp_path: Path) -> None:
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, 0)
    tensor = struct.pack("<Q", 1) + b"w" + struct.pack("<IQQIQ", 2, 2**31, 2**31, 0, 0)
    (tmp_path / "m.gguf").write_bytes(header + tensor + b"\0" * 256)
    with pytest.raises(ModelFileError, match="needs bytes"):
        read_gguf(tmp_path / "m.gguf")


def test_unknown_versions_and_tensor_types_say_so(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 9, 0, 0))
    with pytest.raises(UnsupportedModel, match="version 9"):
        read_gguf(path)
    tensor = struct.pack("<Q", 1) + b"w" + struct.pack("<IQIQ", 1, 32, 9999, 0)
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + tensor + b"\0" * 256)
    with pytest.raises(UnsupportedModel, match="9999"):
        read_gguf(path)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"\x80\x04cos\nsystem\n")
    with pytest.raises(ModelFileError, match="does not begin with GGUF"):
        read_gguf(path)


@settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(at=st.integers(0, 900), value=st.integers(0, 255), width=st.sampled_from([1, 8]))
def test_a_damaged_header_never_raises_anything_else(
    tmp_path: Path, at: int, value: int, width: int
) -> None:
    write_sample(tmp_path / "m.gguf")
    raw = bytearray((tmp_path / "m.gguf").read_bytes())
    raw[at : at + width] = bytes([value]) * len(raw[at : at + width])
    (tmp_path / "m.gguf").write_bytes(raw)
    try:
        read_gguf(tmp_path / "m.gguf").close()
        message = ""
    except ModelFileError as error:
        message = str(error)
    assert "\n" not in message
