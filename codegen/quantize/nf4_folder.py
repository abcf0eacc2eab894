"""A Hugging Face folder of NF4 weights, as transformers writes it with bitsandbytes.

Matrices of the layers take 4 bits; embedding and head stay in bfloat16, as the library leaves them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from codegen.errors import ModelFileError
from codegen.loading.bitsandbytes import tensors_of
from codegen.loading.source import HF_LAYER_PARTS
from codegen.loading.weights import DenseWeights
from codegen.model_config import ModelConfig
from codegen.quantize.one_matrix import is_one_matrix
from codegen.tokenizer import Tokenizer
from kernels.nf4 import quantize_nf4

WEIGHTS_NAME = "model.safetensors"
_CLASSES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM"}


def write_nf4_folder(
    dense: DenseWeights,
    tokenizer: Tokenizer,
    folder: Path,
    *,
    nested: bool = True,
    progress: Callable[[float], None] = lambda share: None,
) -> int:
    """Writes config, tokenizer and weights, the weights last; returns their size.

    Raises:
        ModelFileError: the folder cannot be written.
        ValueError: a matrix holds NaN or infinity.
    """
    one = is_one_matrix(dense)
    tensors = _tensors(dense, nested=nested, one=one, progress=progress)
    staging = folder / f"{WEIGHTS_NAME}.partial"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        config = json.dumps(hf_config(dense.config, tied=one, nested=nested), indent=2)
        (folder / "config.json").write_text(config + "\n", encoding="utf-8")
        tokenizer.save_hf(folder)
        save_file(tensors, staging, {"format": "pt"})
        staging.replace(folder / WEIGHTS_NAME)
        return (folder / WEIGHTS_NAME).stat().st_size
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{folder} cannot be written: {error}") from error
    finally:
        staging.unlink(missing_ok=True)


def hf_config(config: ModelConfig, *, tied: bool, nested: bool) -> dict[str, object]:
    """What config.json says of such a model."""
    fields: dict[str, object] = {
        "architectures": [_CLASSES[config.architecture]],
        "model_type": config.architecture,
        "num_hidden_layers": config.n_layers,
        "hidden_size": config.hidden,
        "intermediate_size": config.ffn,
        "num_attention_heads": config.n_heads,
        "num_key_value_heads": config.n_kv_heads,
        "head_dim": config.head_dim,
        "vocab_size": config.vocab,
        "max_position_embeddings": config.max_positions,
        "rms_norm_eps": config.rms_eps,
        "rope_theta": config.rope_theta,
        "tie_word_embeddings": tied,
        "hidden_act": "silu",
        "torch_dtype": "bfloat16",
        "quantization_config": {
            "quant_method": "bitsandbytes",
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": nested,
            "bnb_4bit_compute_dtype": "bfloat16",
            "bnb_4bit_quant_storage": "uint8",
        },
    }
    if config.eos_id is not None:
        fields["eos_token_id"] = config.eos_id
    if config.rope_scaling != 1.0:
        fields["rope_scaling"] = {"rope_type": "linear", "factor": config.rope_scaling}
    return fields


def _tensors(
    dense: DenseWeights, *, nested: bool, one: bool, progress: Callable[[float], None]
) -> dict[str, Tensor]:
    config = dense.config
    rows = [n * config.head_dim for n in (config.n_heads, config.n_kv_heads, config.n_kv_heads)]
    embed = dense.head if one else dense.embed
    tensors = {
        "model.embed_tokens.weight": embed.bfloat16(),
        "model.norm.weight": dense.final_norm.bfloat16(),
    }
    if not one:
        tensors["lm_head.weight"] = dense.head.bfloat16()
    for i, layer in enumerate(dense.layers):
        at = f"model.layers.{i}."

        def name(part: str, at: str = at) -> str:
            return at + HF_LAYER_PARTS[part]

        tensors[name("attn_norm.weight")] = layer.attn_norm.bfloat16()
        tensors[name("ffn_norm.weight")] = layer.ffn_norm.bfloat16()
        matrices = dict(
            zip(("attn_q", "attn_k", "attn_v"), torch.split(layer.qkv, rows), strict=True)
        )
        matrices |= dict(zip(("ffn_gate", "ffn_up"), layer.gate_up.chunk(2), strict=True))
        matrices |= {"attn_output": layer.out, "ffn_down": layer.down}
        for part, matrix in matrices.items():
            weight = quantize_nf4(matrix, nested=nested)
            tensors |= tensors_of(name(f"{part}.weight"), weight)
        if layer.qkv_bias is not None:
            for part, bias in zip("qkv", torch.split(layer.qkv_bias, rows), strict=True):
                tensors[name(f"attn_{part}.bias")] = bias.bfloat16()
        progress((i + 1) / len(dense.layers))
    return {key: value.contiguous().clone() for key, value in tensors.items()}
