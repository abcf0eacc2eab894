"""Converting a model: once, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gguf import GGUFWriter
from tokenizers import pre_tokenizers

from codegen.decoder import DenseDecoder, Segment
from codegen.engine import CancelToken
from codegen.errors import Cancelled, ChecksumError, DiskFull, ModelFileError, StoreError
from codegen.loading.convert import ensure_converted
from codegen.loading.readiness import WEIGHTS_NAME
from codegen.loading.weights import open_weights
from codegen.store.integrity import RECORDS_NAME, sample_digest
from codegen.store.progress import Silent
from codegen.store.store import Store
from tests import tiny_checkpoints, tiny_models


def test_the_second_call_finds_the_first_ones_work(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    shares: list[float] = []
    folder = ensure_converted(model, progress=lambda stage, share: shares.append(share))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    written = (folder / WEIGHTS_NAME).stat().st_mtime_ns
    shares.clear()
    assert ensure_converted(model, progress=lambda stage, share: shares.append(share)) == folder
    assert (shares, (folder / WEIGHTS_NAME).stat().st_mtime_ns) == ([], written)


def test_matrices_are_bf16_and_vectors_stay_exact(tmp_path: Path) -> None:
    reference = tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    weights = open_weights(ensure_converted(model))
    theirs = reference.state_dict()
    assert torch.equal(weights.embed, theirs["model.embed_tokens.weight"].bfloat16())
    assert weights.head is weights.embed
    assert torch.equal(weights.final_norm, theirs["model.norm.weight"])
    layer = weights.layers[1]
    up = theirs["model.layers.1.mlp.up_proj.weight"].bfloat16()
    assert torch.equal(layer.gate_up[80:], up)
    assert layer.qkv_bias is not None
    assert layer.qkv_bias.dtype == torch.float32


def test_cancelling_leaves_nothing_and_the_next_call_succeeds(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        ensure_converted(model, progress=lambda stage, share: cancel.cancel(), cancel=cancel)
    assert [path.suffix for path in model.converted_dir.iterdir()] == [".lock"]
    assert (ensure_converted(model) / WEIGHTS_NAME).is_file()


_SLOW = """
import sys, time
from pathlib import Path
from codegen.loading.convert import ensure_converted
from tests import tiny_models
def report(stage, share):
    print("writing", flush=True)
    time.sleep(60)
folder = Path(sys.argv[1])
ensure_converted(tiny_models.stored(folder / "m", folder / "converted"), progress=report)
"""


def test_a_kill_in_the_middle_leaves_the_old_state(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "llama-gqa")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    root = Path(__file__).resolve().parents[3]
    child = subprocess.Popen(
        [sys.executable, "-c", _SLOW, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
    )
    assert child.stdout is not None
    assert child.stdout.readline().strip() == b"writing"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert not list(model.converted_dir.glob("bf16-v?"))
    started = time.monotonic()
    decoder = DenseDecoder(open_weights(ensure_converted(model)), 64)
    assert time.monotonic() - started < 60, "the dead process still held the lock"
    assert decoder.forward([Segment([1], decoder.new_cache(1))]).isfinite().all()


def test_too_little_disk_is_told_before_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    with pytest.raises(DiskFull, match="LEADSMAN_HOME"):
        ensure_converted(model)
    assert not list(model.converted_dir.glob("bf16*partial"))


@pytest.mark.parametrize("damage", ["shape", "missing", "cut", "pickle", "outside"])
def test_a_damaged_checkpoint_is_one_clear_line(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "m"
    tiny_models.write_model(folder, "llama-gqa", max_shard_size="40KB")
    shards = sorted(folder.glob("*.safetensors"))
    if damage == "shape":
        tiny_models.edit_config(folder, intermediate_size=81)
    elif damage == "missing":
        shards[0].unlink()
    elif damage == "cut":
        shards[0].write_bytes(shards[0].read_bytes()[:-10])
    elif damage == "pickle":
        for shard in shards:
            shard.rename(shard.with_suffix(".bin"))
        (folder / "model.safetensors.index.json").unlink()
    else:
        index = {"weight_map": {"model.norm.weight": "../../etc/passwd"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    model = tiny_models.stored(folder, tmp_path / "converted")
    with pytest.raises(ModelFileError) as caught:
        ensure_converted(model)
    assert "\n" not in str(caught.value)
    assert not list(model.converted_dir.glob(f"*/{WEIGHTS_NAME}"))


def test_what_is_no_longer_what_was_pulled_is_not_converted(tmp_path: Path) -> None:
    store = Store(tmp_path / "home", catalog=[])
    path = tiny_checkpoints.write_gguf(tmp_path / "m.gguf")
    model = store.pull(str(path), accept_license=lambda *_: False, progress=Silent())
    before = path.stat()
    raw = bytearray(path.read_bytes())
    raw[-4:] = b"\0\0\0\0"
    path.write_bytes(raw)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.find(model.name) == model
    with pytest.raises(ChecksumError, match=r"m\.gguf is damaged.* run: leadsman model pull"):
        ensure_converted(model)
    assert not list(model.converted_dir.glob("bf16*/*"))


def test_the_digests_of_what_was_converted_are_written_down(tmp_path: Path) -> None:
    model = tiny_models.stored(
        tiny_checkpoints.write_folder(tmp_path / "m"), tmp_path / "converted"
    )
    folder = ensure_converted(model)
    document = json.loads((folder / RECORDS_NAME).read_text(encoding="utf-8"))
    others = {path.name: path.read_bytes() for path in folder.iterdir()}
    del others[RECORDS_NAME]
    assert document == {
        name: {
            "bytes": len(raw),
            "sha256": hashlib.sha256(raw).hexdigest(),
            "samples": sample_digest(folder / name),
        }
        for name, raw in others.items()
    }


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_folder_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    folder = tiny_checkpoints.write_folder(tmp_path / "m")
    (tmp_path / "file").write_text("")
    model = tiny_models.stored(folder, tmp_path / "file" / "converted")
    with pytest.raises(StoreError, match="is not a folder; set LEADSMAN_HOME"):
        ensure_converted(model)
    long = tiny_models.stored(folder, tmp_path / ("x" * 300))
    with pytest.raises(StoreError, match="File name too long; check its permissions, or set"):
        ensure_converted(long)


def test_a_damaged_converted_file_says_how_to_mend_it(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    folder = ensure_converted(model)
    raw = (folder / WEIGHTS_NAME).read_bytes()
    (folder / WEIGHTS_NAME).write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ModelFileError, match="delete"):
        open_weights(folder)


def write_llama_gguf(path: Path, reference: Any) -> None:
    """Writes a Llama GGUF as llama.cpp's converter does, its q and k rows interleaved."""
    config = reference.config
    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_block_count(config.num_hidden_layers)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(100000.0)
    writer.add_string("llama.rope.scaling.type", "linear")
    writer.add_float32("llama.rope.scaling.factor", 4.0)
    vocab = config.vocab_size
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("deepseek-coder")
    markers = list(tiny_models.DEEPSEEK_MARKERS)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    filler = [f"filler{i}" for i in range(vocab - len(markers) - len(alphabet) - 1)]
    tokens = [*sorted(alphabet), "ab", *filler, *markers]
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (vocab - len(markers)) + [3] * len(markers))
    writer.add_token_merges(["a b"])
    names = {
        "model.embed_tokens.weight": "token_embd.weight",
        "model.norm.weight": "output_norm.weight",
        "lm_head.weight": "output.weight",
        "input_layernorm": "attn_norm",
        "post_attention_layernorm": "ffn_norm",
        "self_attn.q_proj": "attn_q",
        "self_attn.k_proj": "attn_k",
        "self_attn.v_proj": "attn_v",
        "self_attn.o_proj": "attn_output",
        "mlp.gate_proj": "ffn_gate",
        "mlp.up_proj": "ffn_up",
        "mlp.down_proj": "ffn_down",
        "model.layers.": "blk.",
    }
    for name, tensor in reference.state_dict().items():
        values = tensor.numpy().astype(np.float32)
        heads = {"q_proj": config.num_attention_heads, "k_proj": config.num_key_value_heads}
        for part, n in heads.items():
            if part in name:
                shape = (n, 2, values.shape[0] // n // 2, values.shape[1])
                values = values.reshape(shape).swapaxes(1, 2).reshape(values.shape)
        for theirs, ours in names.items():
            name = name.replace(theirs, ours)
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_llama_gguf_scores_like_the_checkpoint_it_was_made_from(tmp_path: Path) -> None:
    reference = tiny_models.build_transformers_model("deepseek-coder", 300)
    write_llama_gguf(tmp_path / "m.gguf", reference)
    template = tiny_models.stored(tmp_path, tmp_path / "converted")
    model = replace(template, format="gguf", path=tmp_path / "m.gguf")
    decoder = DenseDecoder(open_weights(ensure_converted(model, dtype=torch.float32)), 64)
    prompt = [3, 1, 4, 1, 5, 9, 2, 6]
    with torch.inference_mode():
        expected = reference(torch.tensor([prompt])).logits[0]
    actual = decoder.forward([Segment(prompt, decoder.new_cache(8))], all_logits=True)
    assert float((actual - expected).norm() / expected.norm()) < 1e-4
