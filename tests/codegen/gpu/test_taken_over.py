"""A whole GGUF as packed weights: its numbers where they belong, and the losses that are stated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType, GGUFWriter
from gguf.quants import quantize

from codegen.choice import CacheChoice
from codegen.decoder import DenseDecoder, Segment
from codegen.errors import ModelFileError
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.opening import GpuHolding, open_gpu_decoder
from codegen.gpu.taken_over import has_blocks_to_take_over, loss_line, take_over
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.local_engine import open_engine
from codegen.store.model import StoredModel
from kernels.packing import Int4Weight
from kernels.packing8 import Int8Weight
from tests import tiny_tokenizers

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
Q4_K, Q4_0, Q8_0 = (GGMLQuantizationType[name] for name in ("Q4_K", "Q4_0", "Q8_0"))
HIDDEN, FFN, HEADS, KV_HEADS, LAYERS = 256, 512, 4, 2, 2


def q4_k(matrix: np.ndarray) -> np.ndarray:
    """A plain quantiser: one scale and minimum of 6 bits for each 32 numbers."""
    blocks = matrix.reshape(-1, 8, 32)
    low = np.minimum(blocks.min(-1), 0)
    step = (blocks.max(-1) - low) / 15
    d, dmin = step.max(-1) / 63, -low.min(-1) / 63
    d, dmin = d.astype(np.float16), dmin.astype(np.float16)
    scale = np.clip(np.ceil(step / np.maximum(d, 1e-6)[:, None]), 0, 63).astype(np.uint8)
    minimum = np.clip(np.round(-low / np.maximum(dmin, 1e-6)[:, None]), 0, 63).astype(np.uint8)
    real = scale * d[:, None].astype(np.float32)
    offset = minimum * dmin[:, None].astype(np.float32)
    codes = np.clip(np.round((blocks + offset[..., None]) / real[..., None]), 0, 15)
    codes = codes.astype(np.uint8)
    raw = np.zeros((len(blocks), 144), dtype=np.uint8)
    raw[:, 0:2], raw[:, 2:4] = d[:, None].view(np.uint8), dmin[:, None].view(np.uint8)
    raw[:, 4:8] = scale[:, :4] | (scale[:, 4:] >> 4 << 6)
    raw[:, 8:12] = minimum[:, :4] | (minimum[:, 4:] >> 4 << 6)
    raw[:, 12:16] = (scale[:, 4:] & 15) | ((minimum[:, 4:] & 15) << 4)
    raw[:, 16:] = (codes[:, ::2] | (codes[:, 1::2] << 4)).reshape(-1, 128)
    return raw.reshape(len(matrix), -1)


def write_model(path: Path, architecture: str, *, wide: tuple[str, ...] = ()) -> Path:
    """A random model; matrices of the kinds in `wide` have 8 bits, all others 4."""
    metadata = tiny_tokenizers.gguf_metadata()
    tokens = metadata["tokenizer.ggml.tokens"]
    assert isinstance(tokens, list)
    writer = GGUFWriter(path, architecture)
    writer.add_block_count(LAYERS)
    writer.add_context_length(256)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(list(metadata["tokenizer.ggml.token_type"]))  # type: ignore[call-overload]
    writer.add_token_merges(list(metadata["tokenizer.ggml.merges"]))  # type: ignore[call-overload]
    random = np.random.default_rng(0)

    def matrix(name: str, N: int, K: int) -> None:
        numbers = (random.standard_normal((N, K)) / 8).astype(np.float32)
        if any(part in name for part in wide):
            writer.add_tensor(name, quantize(numbers, Q8_0), raw_dtype=Q8_0)
        elif "ffn_up" in name:
            writer.add_tensor(name, quantize(numbers, Q4_0), raw_dtype=Q4_0)
        else:
            writer.add_tensor(name, q4_k(numbers), raw_dtype=Q4_K)

    kv = HIDDEN // HEADS * KV_HEADS
    matrix("token_embd.weight", len(tokens), HIDDEN)
    writer.add_tensor("output_norm.weight", np.ones(HIDDEN, dtype=np.float32))
    for i in range(LAYERS):
        for name, N, K in (
            ("attn_q", HIDDEN, HIDDEN),
            ("attn_k", kv, HIDDEN),
            ("attn_v", kv, HIDDEN),
            ("attn_output", HIDDEN, HIDDEN),
            ("ffn_gate", FFN, HIDDEN),
            ("ffn_up", FFN, HIDDEN),
            ("ffn_down", HIDDEN, FFN),
        ):
            matrix(f"blk.{i}.{name}.weight", N, K)
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{i}.{norm}.weight", np.ones(HIDDEN, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def stored(path: Path) -> StoredModel:
    return StoredModel(
        name="tiny",
        format="gguf",
        path=path,
        bytes=path.stat().st_size,
        digest="local-tiny",
        licence="none",
        source="local",
        converted_dir=path.parent / "converted",
    )


@pytest.mark.parametrize("architecture", ["qwen2", "llama"])
def test_a_gguf_scores_as_what_its_blocks_stand_for(tmp_path: Path, architecture: str) -> None:
    path = write_model(tmp_path / "m.gguf", architecture, wide=("token_embd", "attn_v"))
    weights, losses = take_over(path, DEVICE)
    layer = weights.layers[1]
    assert weights.kind == "int4"
    # With its v in 8 bits all of qkv has 8 bits; the rest keeps its codes.
    assert isinstance(layer.qkv.weight, Int8Weight)
    assert isinstance(weights.head.weight, Int8Weight)
    for projection in (layer.out, layer.gate_up, layer.down):
        assert isinstance(projection.weight, Int4Weight)
        assert projection.weight.has_fine_zeros
    stated = {(loss.kind, loss.bits): loss for loss in losses}
    assert set(stated) == {("Q4_K", 4), ("Q4_0", 4), ("Q4_K", 8), ("Q8_0", 8)}
    assert stated["Q4_0", 4].relative_error < 2e-3
    assert all(0 < loss.relative_error < 1e-2 for loss in losses)
    assert stated["Q4_0", 4].n_weights == LAYERS * FFN * HIDDEN
    assert "Q4_0 kept 0." in loss_line(losses)

    folder = ensure_converted(stored(path), dtype=torch.float32)
    reference = DenseDecoder(open_weights(folder), 128)
    decoder = GpuDecoder(weights, 128)
    prompt = [5, 4, 3, 100, 7, 9]
    expected = reference.forward([Segment(prompt, reference.new_cache(20))])
    actual = decoder.score([Segment(prompt, decoder.new_cache(20))]).logits.cpu()
    assert (
        float((actual - expected).norm() / expected.norm()) < 0.1
    )  # Rows out of order would give 1.


def test_what_has_no_4_bit_blocks_or_odd_shapes_is_left_to_the_other_way(tmp_path: Path) -> None:
    every = ("attn", "ffn", "token")
    path = write_model(tmp_path / "m.gguf", "qwen2", wide=every)
    assert not has_blocks_to_take_over(path)
    mixed = write_model(tmp_path / "n.gguf", "qwen2", wide=("attn", "token", "ffn_up"))
    assert has_blocks_to_take_over(mixed)


def test_damage_is_said_of_the_file(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "qwen2")
    raw = bytearray(path.read_bytes())
    raw[-144 * 100 :] = b"\xff" * (144 * 100)  # Scales that are no numbers.
    path.write_bytes(raw)
    with pytest.raises(ModelFileError, match=r"m\.gguf is damaged"):
        take_over(path, DEVICE)


def test_a_gpu_takes_a_stored_gguf_over_and_says_what_it_loses(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "qwen2")
    folder = ensure_converted(stored(path))
    stages: list[str] = []
    holding = GpuHolding(blocks=path, cache=CacheChoice("int8", paged=True))
    decoder = open_gpu_decoder(folder, 64, DEVICE, lambda stage, _: stages.append(stage), holding)
    assert decoder.weights_name == "int4"
    assert any("relative error of each format: Q4_K kept" in stage for stage in stages)
    # Who asks for a format gets that one.
    plain = open_gpu_decoder(folder, 64, DEVICE, lambda *_: None, GpuHolding("int8"))
    assert plain.weights_name == "int8"


@pytest.mark.gpu
def test_the_engine_opens_a_gguf_at_4_bits_on_the_gpu(tmp_path: Path) -> None:
    path = write_model(tmp_path / "m.gguf", "qwen2")
    engine = open_engine(stored(path), device="cuda", cache=CacheChoice("fp8", paged=True))
    assert engine.info.weights == "int4"
