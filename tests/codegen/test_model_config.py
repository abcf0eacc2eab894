"""Configs from both formats, and the ones that must be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.model_config import ModelConfig, config_from_gguf, config_from_hf

# DeepSeek-Coder 6.7B as its publisher's config.json has it, in the layout of transformers 4.
DEEPSEEK_6_7B: dict[str, Any] = {
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "max_position_embeddings": 16384,
    "rms_norm_eps": 1e-06,
    "rope_scaling": {"factor": 4.0, "type": "linear"},
    "rope_theta": 100000,
    "tie_word_embeddings": False,
    "vocab_size": 32256,
    "eos_token_id": 32014,
}


def hf(tmp_path: Path, **changes: Any) -> ModelConfig:
    (tmp_path / "config.json").write_text(json.dumps(DEEPSEEK_6_7B | changes), encoding="utf-8")
    return config_from_hf(tmp_path)


def test_deepseek_coder_reads_in_the_old_layout(tmp_path: Path) -> None:
    config = hf(tmp_path)
    assert (config.rope_theta, config.rope_scaling) == (100000.0, 4.0)
    assert (config.n_heads, config.n_kv_heads, config.head_dim) == (32, 32, 128)
    assert (config.qkv_bias, config.tied_head, config.eos_id) == (False, False, 32014)


def test_the_new_layout_says_the_same(tmp_path: Path) -> None:
    rope = {"rope_type": "linear", "factor": 4.0, "rope_theta": 100000.0}
    new = hf(tmp_path, rope_parameters=rope, rope_scaling=None, rope_theta=None)
    assert new == hf(tmp_path)


def test_a_config_survives_its_json(tmp_path: Path) -> None:
    config = hf(tmp_path)
    assert ModelConfig.from_json(config.to_json()) == config
    with pytest.raises(ModelFileError, match="damaged"):
        ModelConfig.from_json('{"n_layers": 3}')


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"model_type": "gpt_neox"}, "gpt_neox"),
        ({"model_type": "deepseek_v2"}, "mixture of experts"),
        ({"rope_scaling": {"type": "yarn", "factor": 4}}, "yarn"),
        ({"attention_bias": True}, "bias"),
        ({"hidden_act": "gelu"}, "SwiGLU"),
    ],
)
def test_what_we_cannot_run_is_refused_by_name(
    tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    with pytest.raises(UnsupportedModel, match=what):
        hf(tmp_path, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 10**9},
        {"num_hidden_layers": 0},
        {"num_key_value_heads": 5},
        {"hidden_size": "big"},
        {"rms_norm_eps": 0.0},
        {"vocab_size": None},
        {"head_dim": 7},
    ],
)
def test_nonsense_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ModelFileError):
        hf(tmp_path, **changes)


@pytest.mark.parametrize("text", ["", "[]", "{", "\udcff"])
def test_a_damaged_file_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelFileError) as caught:
        config_from_hf(tmp_path)
    assert "\n" not in str(caught.value)


def test_gguf_tensors_decide_bias_and_head() -> None:
    metadata: dict[str, object] = {
        "general.architecture": "qwen2",
        "qwen2.block_count": 2,
        "qwen2.embedding_length": 64,
        "qwen2.feed_forward_length": 128,
        "qwen2.attention.head_count": 4,
        "qwen2.context_length": 256,
        "qwen2.attention.layer_norm_rms_epsilon": 1e-6,
        "tokenizer.ggml.tokens": ["a", "b"],
    }
    plain = config_from_gguf(metadata, set())
    assert (plain.qkv_bias, plain.tied_head, plain.n_kv_heads, plain.vocab) == (False, True, 4, 2)
    full = config_from_gguf(metadata, {"blk.0.attn_q.bias", "output.weight"})
    assert (full.qkv_bias, full.tied_head) == (True, False)
    del metadata["qwen2.block_count"]
    with pytest.raises(ModelFileError, match="block_count"):
        config_from_gguf(metadata, set())
