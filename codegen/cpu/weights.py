"""The converted int8 file in memory: mapped, so that two servers share its pages."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from codegen.errors import ModelFileError
from codegen.loading.int8 import SCALE
from codegen.loading.readiness import WEIGHTS_NAME
from codegen.model_config import ModelConfig
from kernels import ops
from kernels.cpu.model import Int8Layer, Int8Model, Sizes
from kernels.cpu.packing import Int8Matrix


def open_int8(folder: Path, context_tokens: int) -> tuple[ModelConfig, Int8Model]:
    """Maps a converted file; nothing of the matrices is read before it is used.

    Args:
        folder: what `ensure_converted` returned for int8.
        context_tokens: the most tokens of one sequence, for the rotary tables.

    Raises:
        ModelFileError: the file is damaged; removing the folder makes it anew.
    """
    path = folder / WEIGHTS_NAME
    try:
        with safe_open(str(path), framework="pt") as file:
            config = ModelConfig.from_json((file.metadata() or {}).get("config", ""))

            def matrix(name: str, n: int, k: int) -> Int8Matrix:
                packed, scale = file.get_tensor(name), file.get_tensor(name + SCALE)
                blocks, quads = packed.shape[:2]
                if packed.dtype != torch.uint8 or scale.shape != (blocks * 16,) or quads * 4 < k:
                    raise ModelFileError(f"{name} has the wrong shape")
                return Int8Matrix(packed, scale, n, k)

            C, F, V = config.hidden, config.ffn, config.vocab
            q_rows = config.n_heads * config.head_dim
            kv_rows = config.n_kv_heads * config.head_dim

            def layer(i: int) -> Int8Layer:
                at = f"layers.{i}."
                return Int8Layer(
                    attn_norm=file.get_tensor(at + "attn_norm"),
                    qkv=matrix(at + "qkv", q_rows + 2 * kv_rows, C),
                    qkv_bias=file.get_tensor(at + "qkv_bias") if config.qkv_bias else None,
                    out=matrix(at + "out", C, q_rows),
                    ffn_norm=file.get_tensor(at + "ffn_norm"),
                    gate_up=matrix(at + "gate_up", F, C),
                    down=matrix(at + "down", C, F),
                )

            embed = matrix("embed", V, C)
            positions = min(context_tokens, config.max_positions)
            cosines, sines = ops.rope_table(
                positions,
                config.head_dim,
                config.rope_theta,
                config.rope_scaling,
                torch.device("cpu"),
            )
            return config, Int8Model(
                sizes=Sizes(
                    C, F, config.n_heads, config.n_kv_heads, config.head_dim, V, config.rms_eps
                ),
                embed=embed,
                layers=tuple(layer(i) for i in range(config.n_layers)),
                final_norm=file.get_tensor("final_norm"),
                head=embed if config.tied_head else matrix("head", V, C),
                cosines=cosines.contiguous(),
                sines=sines.contiguous(),
            )
    except (OSError, SafetensorError, ModelFileError) as error:
        raise ModelFileError(
            f"{path} is damaged ({error}); delete {folder} and start again"
        ) from error
