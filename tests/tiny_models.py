"""Tiny random models in the publishers' file layout, small enough to make in every test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from codegen.store.model import StoredModel

QWEN_MARKERS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
DEEPSEEK_MARKERS = (
    "<｜begin▁of▁sentence｜>",
    "<｜end▁of▁sentence｜>",
    "<｜fim▁hole｜>",
    "<｜fim▁begin｜>",
    "<｜fim▁end｜>",
    "<|EOT|>",
)
_CORPUS = ["def add(a, b):\n    return a + b\n", "for i in range(10):\n    print(i)\n"] * 4


def write_tokenizer(folder: Path, markers: tuple[str, ...]) -> int:
    """Writes a byte-level BPE tokenizer.json with the markers behind it; returns its size."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(_CORPUS, trainer)
    tokenizer.add_tokens(
        [AddedToken(marker, special="fim" not in marker, normalized=False) for marker in markers]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    return int(tokenizer.get_vocab_size())


# Sizes that the packed formats can hold, unlike the odd ones that other tests prefer.
PACKABLE = {"hidden_size": 64, "intermediate_size": 96}


def build_transformers_model(
    kind: str, vocab: int, seed: int = 0, sizes: Mapping[str, int] | None = None
) -> Any:
    """A random transformers model in float32: "qwen2", "llama-gqa", or "deepseek-coder"."""
    from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": vocab,
        "hidden_size": 48,
        "intermediate_size": 80,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
        "max_position_embeddings": 512,
        "rms_norm_eps": 1e-6,
        "initializer_range": 0.2,
    } | dict(sizes or {})
    if kind == "qwen2":
        config: Any = Qwen2Config(num_key_value_heads=2, tie_word_embeddings=True, **shape)
        model = Qwen2ForCausalLM(config)
    elif kind == "llama-gqa":
        config = LlamaConfig(num_key_value_heads=2, tie_word_embeddings=False, **shape)
        model = LlamaForCausalLM(config)
    else:
        # DeepSeek-Coder 1.3B and 6.7B: all heads their own, positions linearly stretched by four.
        rope = {"rope_type": "linear", "factor": 4.0, "rope_theta": 100000.0}
        config = LlamaConfig(
            num_key_value_heads=4, tie_word_embeddings=False, rope_parameters=rope, **shape
        )
        model = LlamaForCausalLM(config)
    for name, parameter in model.named_parameters():
        if name.endswith(("bias", "norm.weight", "layernorm.weight")):
            # Transformers starts these at 0 and 1, where a forgotten one would not show.
            torch.nn.init.normal_(parameter, mean=float("norm" in name), std=0.3)
    return model.eval()


def write_model(
    folder: Path,
    kind: str,
    *,
    max_shard_size: str = "5GB",
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
) -> Any:
    """Writes config.json, tokenizer.json and safetensors; returns the transformers model."""
    folder.mkdir(parents=True, exist_ok=True)
    markers = QWEN_MARKERS if kind == "qwen2" else DEEPSEEK_MARKERS
    model = build_transformers_model(kind, write_tokenizer(folder, markers), seed, sizes)
    model.save_pretrained(folder, max_shard_size=max_shard_size)
    return model


def stored(folder: Path, converted: Path) -> StoredModel:
    """The folder as the store would hand it out."""
    size = sum(path.stat().st_size for path in folder.iterdir())
    return StoredModel(
        name=folder.name,
        format="safetensors",
        path=folder,
        bytes=size,
        digest="local-tiny",
        licence="none",
        source="local",
        converted_dir=converted,
    )


def edit_config(folder: Path, **changes: Any) -> None:
    """Overwrites keys of config.json; None removes one."""
    path = folder / "config.json"
    raw = json.loads(path.read_text(encoding="utf-8")) | changes
    kept = {key: value for key, value in raw.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")
