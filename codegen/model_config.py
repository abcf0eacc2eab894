"""The shape of a dense decoder, read from GGUF metadata or a config.json."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from codegen.errors import ModelFileError, UnsupportedModel

Architecture = Literal["llama", "qwen2"]


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """All that the decoder must know besides its weights.

    n_kv_heads divides n_heads; rope_scaling is the divisor of linear scaling, 1.0 for none.
    """

    architecture: Architecture
    name: str
    n_layers: int
    hidden: int
    ffn: int
    n_heads: int
    n_kv_heads: int
    head_dim: int
    vocab: int
    max_positions: int
    rms_eps: float
    rope_theta: float
    rope_scaling: float
    qkv_bias: bool
    tied_head: bool
    eos_id: int | None

    def __post_init__(self) -> None:
        sizes = {
            "layers": (self.n_layers, 1024),
            "hidden size": (self.hidden, 1 << 20),
            "feed-forward size": (self.ffn, 1 << 22),
            "heads": (self.n_heads, 1 << 16),
            "key-value heads": (self.n_kv_heads, 1 << 16),
            "head size": (self.head_dim, 1 << 14),
            "vocabulary": (self.vocab, 1 << 24),
            "positions": (self.max_positions, 1 << 30),
        }
        for what, (value, limit) in sizes.items():
            if not 0 < value <= limit:
                raise ModelFileError(f"the model says {what} = {value}; 1 to {limit} make sense")
        if self.n_heads % self.n_kv_heads:
            raise ModelFileError(
                f"the model's {self.n_heads} heads cannot share {self.n_kv_heads} key-value heads"
            )
        if self.head_dim % 2:
            raise ModelFileError(f"the model's head size {self.head_dim} is odd; RoPE needs pairs")
        if not (self.rms_eps > 0 and self.rope_theta > 0 and self.rope_scaling > 0):
            raise ModelFileError("the model's epsilon, RoPE base or RoPE scaling is not positive")

    def to_json(self) -> str:
        """One line of JSON that `from_json` reads back."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> ModelConfig:
        """Reads what `to_json` wrote.

        Raises:
            ModelFileError: the text is not such a line.
        """
        try:
            return cls(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise ModelFileError(f"the converted model's config is damaged: {error}") from error


def config_from_gguf(metadata: Mapping[str, object], tensor_names: set[str]) -> ModelConfig:
    """Reads the config out of GGUF metadata; the tensors say what the metadata leaves open.

    Raises:
        UnsupportedModel: another architecture, or a RoPE scaling that is not linear.
        ModelFileError: a key is missing or has the wrong type.
    """
    architecture = str(metadata.get("general.architecture", ""))
    _require_dense(architecture)
    prefix = architecture

    def number(key: str, default: float | None = None) -> float:
        value = metadata.get(f"{prefix}.{key}", default)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):  # type: ignore[arg-type]  # It is one here.
            raise ModelFileError(f"the GGUF has no number {prefix}.{key}; pull the model again")
        return value  # type: ignore[return-value]

    scaling = str(metadata.get(f"{prefix}.rope.scaling.type", "none"))
    if scaling not in ("none", "linear"):
        raise UnsupportedModel(f"RoPE scaling {scaling!r} is not supported; linear and none are")
    hidden = int(number("embedding_length"))
    n_heads = int(number("attention.head_count"))
    tokens = metadata.get("tokenizer.ggml.tokens", [])
    vocab = number("vocab_size", len(tokens) if isinstance(tokens, list) else None)
    eos = metadata.get("tokenizer.ggml.eos_token_id")
    return ModelConfig(
        architecture=cast(Architecture, architecture),
        name=str(metadata.get("general.name", architecture)),
        n_layers=int(number("block_count")),
        hidden=hidden,
        ffn=int(number("feed_forward_length")),
        n_heads=n_heads,
        n_kv_heads=int(number("attention.head_count_kv", n_heads)),
        head_dim=int(number("attention.key_length", hidden // max(n_heads, 1))),
        vocab=int(vocab),
        max_positions=int(number("context_length")),
        rms_eps=number("attention.layer_norm_rms_epsilon"),
        rope_theta=number("rope.freq_base", 10000.0),
        rope_scaling=number("rope.scaling.factor", 1.0) if scaling == "linear" else 1.0,
        qkv_bias="blk.0.attn_q.bias" in tensor_names,
        tied_head="output.weight" not in tensor_names,
        eos_id=eos if isinstance(eos, int) else None,
    )


def config_from_hf(folder: Path) -> ModelConfig:
    """Reads a Hugging Face config.json, in the layout of transformers 4 or 5.

    Raises:
        UnsupportedModel: another architecture or feature.
        ModelFileError: the file is missing, not JSON, or lacks a key.
    """
    path = folder / "config.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(raw, dict):
        raise ModelFileError(f"{path} holds no JSON object")
    architecture = str(raw.get("model_type", ""))
    _require_dense(architecture)
    rope = raw.get("rope_parameters") or raw.get("rope_scaling") or {}
    if not isinstance(rope, dict):
        raise ModelFileError(f"{path} says rope = {rope!r:.60}, which is no object")
    kind = str(rope.get("rope_type", rope.get("type", "default")))
    if kind not in ("default", "linear"):
        raise UnsupportedModel(f"RoPE scaling {kind!r} is not supported; linear and none are")
    if raw.get("mlp_bias") or raw.get("use_sliding_window") or raw.get("hidden_act") != "silu":
        raise UnsupportedModel("only SwiGLU without bias and without sliding windows is supported")
    if architecture == "llama" and raw.get("attention_bias"):
        raise UnsupportedModel("Llama with attention bias is not supported")
    eos = raw.get("eos_token_id")
    if isinstance(eos, list):
        eos = eos[0] if eos else None
    try:
        n_heads = int(raw["num_attention_heads"])
        hidden = int(raw["hidden_size"])
        return ModelConfig(
            architecture=cast(Architecture, architecture),
            name=folder.name,
            n_layers=int(raw["num_hidden_layers"]),
            hidden=hidden,
            ffn=int(raw["intermediate_size"]),
            n_heads=n_heads,
            n_kv_heads=int(raw.get("num_key_value_heads") or n_heads),
            head_dim=int(raw.get("head_dim") or hidden // max(n_heads, 1)),
            vocab=int(raw["vocab_size"]),
            max_positions=int(raw["max_position_embeddings"]),
            rms_eps=float(raw["rms_norm_eps"]),
            rope_theta=float(rope.get("rope_theta") or raw.get("rope_theta") or 10000.0),
            rope_scaling=float(rope.get("factor", 1.0)) if kind == "linear" else 1.0,
            qkv_bias=architecture == "qwen2",
            tied_head=bool(raw.get("tie_word_embeddings", False)),
            eos_id=eos if isinstance(eos, int) else None,
        )
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ModelFileError(f"{path} lacks or garbles {error}") from error


def _require_dense(architecture: str) -> None:
    if architecture in ("deepseek2", "deepseek_v2"):
        raise UnsupportedModel(
            "DeepSeek-Coder-V2's mixture of experts is not supported yet; "
            "use deepseek-coder-6.7b or qwen2.5-coder-1.5b"
        )
    if architecture not in get_args(Architecture):
        raise UnsupportedModel(
            f"architecture {architecture!r} is not supported; "
            f"these are: {', '.join(get_args(Architecture))}"
        )
