"""The smallest models that every loader accepts, made in milliseconds without transformers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFWriter
from safetensors.torch import save_file
from tokenizers import pre_tokenizers

from tests import tiny_models

HIDDEN, FFN, HEADS = 8, 12, 2


def shapes(vocab: int) -> dict[str, tuple[int, ...]]:
    """Every tensor of a Llama of one layer, under the names of a Hugging Face folder."""
    layer = "model.layers.0."
    square = {f"{layer}self_attn.{part}_proj.weight": (HIDDEN, HIDDEN) for part in "qkvo"}
    return {
        "model.embed_tokens.weight": (vocab, HIDDEN),
        "model.norm.weight": (HIDDEN,),
        "lm_head.weight": (vocab, HIDDEN),
        f"{layer}input_layernorm.weight": (HIDDEN,),
        f"{layer}post_attention_layernorm.weight": (HIDDEN,),
        **square,
        f"{layer}mlp.gate_proj.weight": (FFN, HIDDEN),
        f"{layer}mlp.up_proj.weight": (FFN, HIDDEN),
        f"{layer}mlp.down_proj.weight": (HIDDEN, FFN),
    }


def write_folder(folder: Path) -> Path:
    """Writes config.json, tokenizer.json and model.safetensors of a random Llama."""
    folder.mkdir(parents=True, exist_ok=True)
    vocab = tiny_models.write_tokenizer(folder, tiny_models.DEEPSEEK_MARKERS)
    generator = torch.Generator().manual_seed(0)
    tensors = {
        name: torch.randn(shape, generator=generator) for name, shape in shapes(vocab).items()
    }
    save_file(tensors, folder / "model.safetensors")
    config = {
        "model_type": "llama",
        "hidden_act": "silu",
        "num_attention_heads": HEADS,
        "hidden_size": HIDDEN,
        "num_hidden_layers": 1,
        "intermediate_size": FFN,
        "vocab_size": vocab,
        "max_position_embeddings": 64,
        "rms_norm_eps": 1e-6,
    }
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


_GGUF_NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "model.layers.0.": "blk.0.",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write_gguf(
    path: Path,
    *,
    architecture: str = "llama",
    n_layers: int = 1,
    n_heads: int = HEADS,
    without: str = "none",
) -> Path:
    """Writes a random Llama as one GGUF file, with what is to be wrong about it."""
    markers = tiny_models.DEEPSEEK_MARKERS
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokens = [*alphabet, "ab", *markers]
    writer = GGUFWriter(path, architecture)
    writer.add_block_count(n_layers)
    writer.add_context_length(64)
    writer.add_embedding_length(HIDDEN)
    writer.add_feed_forward_length(FFN)
    writer.add_head_count(n_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("deepseek-coder")
    writer.add_token_list(tokens)
    writer.add_token_types([1] * (len(tokens) - len(markers)) + [3] * len(markers))
    writer.add_token_merges(["a b"])
    random = np.random.default_rng(0)
    for name, shape in shapes(len(tokens)).items():
        for theirs, ours in _GGUF_NAMES.items():
            name = name.replace(theirs, ours)
        if without not in name:
            writer.add_tensor(name, random.standard_normal(shape, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
