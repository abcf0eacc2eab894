"""The converted weights in memory: mapped, never copied on the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from codegen.errors import ModelFileError
from codegen.loading.readiness import WEIGHTS_NAME
from codegen.model_config import ModelConfig


@dataclass(frozen=True, slots=True)
class LayerWeights:
    """One decoder layer.

    Shapes: attn_norm and ffn_norm [C], qkv [(H + 2G) * D, C], qkv_bias [(H + 2G) * D] or None,
    out [C, H * D], gate_up [2 * F, C] with the gate first, down [C, F].
    """

    attn_norm: Tensor
    qkv: Tensor
    qkv_bias: Tensor | None
    out: Tensor
    ffn_norm: Tensor
    gate_up: Tensor
    down: Tensor


@dataclass(frozen=True, slots=True)
class DenseWeights:
    """All weights of a dense decoder. Shapes: embed and head [V, C], final_norm [C]."""

    config: ModelConfig
    embed: Tensor
    layers: tuple[LayerWeights, ...]
    final_norm: Tensor
    head: Tensor

    @property
    def n_bytes(self) -> int:
        """Bytes of all distinct tensors."""
        tensors = [self.embed, self.final_norm]
        if self.head is not self.embed:
            tensors.append(self.head)
        for layer in self.layers:
            tensors += [t for t in _fields(layer) if t is not None]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def open_weights(
    folder: Path, *, device: str = "cpu", dtype: torch.dtype | None = None
) -> DenseWeights:
    """Maps a converted file; on the CPU nothing is read before it is used.

    Args:
        folder: what `ensure_converted` returned.
        device: where the tensors go.
        dtype: converts the matrices; None keeps them as stored.

    Raises:
        ModelFileError: the file is damaged; removing the folder makes it anew.
    """
    path = folder / WEIGHTS_NAME
    try:
        with safe_open(str(path), framework="pt", device=device) as file:
            config = ModelConfig.from_json((file.metadata() or {}).get("config", ""))

            def matrix(name: str) -> Tensor:
                tensor: Tensor = file.get_tensor(name)
                return tensor if dtype is None else tensor.to(dtype)

            def layer(i: int) -> LayerWeights:
                at = f"layers.{i}."
                return LayerWeights(
                    attn_norm=file.get_tensor(at + "attn_norm"),
                    qkv=matrix(at + "qkv"),
                    qkv_bias=file.get_tensor(at + "qkv_bias") if config.qkv_bias else None,
                    out=matrix(at + "out"),
                    ffn_norm=file.get_tensor(at + "ffn_norm"),
                    gate_up=matrix(at + "gate_up"),
                    down=matrix(at + "down"),
                )

            embed = matrix("embed")
            return DenseWeights(
                config=config,
                embed=embed,
                layers=tuple(layer(i) for i in range(config.n_layers)),
                final_norm=file.get_tensor("final_norm"),
                head=embed if config.tied_head else matrix("head"),
            )
    except (OSError, SafetensorError, ModelFileError) as error:
        raise ModelFileError(
            f"{path} is damaged ({error}); delete {folder} and start again"
        ) from error


def _fields(layer: LayerWeights) -> list[Tensor | None]:
    return [
        layer.attn_norm,
        layer.qkv,
        layer.qkv_bias,
        layer.out,
        layer.ffn_norm,
        layer.gate_up,
        layer.down,
    ]
