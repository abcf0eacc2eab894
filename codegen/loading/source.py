"""Where a model's tensors come from: one GGUF file, or a folder of safetensors.

Both are read by canonical name, row range by row range, so that converting a model never needs
more memory than one block of rows. Canonical names are those of the converted file; each is a
stack of source tensors along the rows, because q, k, v and gate, up become one matmul each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from gguf import GGMLQuantizationType
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from torch import Tensor

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.loading.bitsandbytes import read_matrix, state_name
from codegen.loading.gguf import GgufFile, read_gguf
from codegen.model_config import ModelConfig, config_from_gguf, config_from_hf
from codegen.tokenizer import Tokenizer, tokenizer_from_gguf, tokenizer_from_hf
from kernels.nf4 import dequantize_nf4


class WeightSource(Protocol):
    """Tensors by their name in the source, dequantised on request."""

    config: ModelConfig

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a source tensor, rows first."""
        ...

    def rows(self, name: str, start: int, stop: int) -> Tensor:
        """Rows [start, stop) in float32; a vector counts as one row."""
        ...

    def tokenizer(self) -> Tokenizer:
        """The tokenizer that lies beside the weights."""
        ...

    def layer_name(self, layer: int, part: str) -> str:
        """The source's name of a part of a layer, such as `attn_q.weight`."""
        ...

    def global_name(self, part: str) -> str:
        """The source's name of `embed`, `final_norm` or `head`."""
        ...

    def close(self) -> None:
        """Releases the files."""
        ...


class GgufSource:
    """A GGUF file of the Llama or Qwen2 architecture."""

    def __init__(self, path: Path) -> None:
        """Opens the file; raises ModelFileError or UnsupportedModel."""
        self._file: GgufFile = read_gguf(path)
        try:
            self.config = config_from_gguf(self._file.metadata, set(self._file.tensors))
        except BaseException:
            self._file.close()
            raise

    def shape(self, name: str) -> tuple[int, ...]:
        try:
            return self._file.tensors[name].shape
        except KeyError:
            raise ModelFileError(f"{self._file.path} has no tensor {name}; pull it again") from None

    def rows(self, name: str, start: int, stop: int) -> Tensor:
        order = self.row_order(name)
        if order is None:
            return torch.from_numpy(self._file.rows(name, start, stop).copy())
        whole = torch.from_numpy(self._file.rows(name, 0, len(order)).copy())
        return whole[order[start:stop]]

    def row_order(self, name: str) -> Tensor | None:
        """Where each of our rows lies in the file; None where the order is the same."""
        # llama.cpp stores the rows of Llama's q and k so that rotary pairs are neighbours.
        heads = {
            "attn_q.weight": self.config.n_heads,
            "attn_k.weight": self.config.n_kv_heads,
        }.get(name.split(".", 2)[-1])
        if heads is None or self.config.architecture != "llama":
            return None
        n_rows = self.shape(name)[0]
        return torch.arange(n_rows).view(heads, -1, 2).transpose(1, 2).reshape(-1)

    def kind(self, name: str) -> GGMLQuantizationType:
        """The format of a tensor."""
        self.shape(name)
        return self._file.tensors[name].kind

    def blocks(self, name: str) -> NDArray[np.uint8]:
        """A matrix as it is stored, in the file's order. Shapes: -> [N, bytes of a row] uint8."""
        return self._file.blocks(name, 0, self.shape(name)[0])

    def tokenizer(self) -> Tokenizer:
        return tokenizer_from_gguf(self._file.metadata)

    def layer_name(self, layer: int, part: str) -> str:
        return f"blk.{layer}.{part}"

    def global_name(self, part: str) -> str:
        return {
            "embed": "token_embd.weight",
            "final_norm": "output_norm.weight",
            "head": "output.weight",
        }[part]

    def close(self) -> None:
        self._file.close()


HF_LAYER_PARTS = {
    "attn_norm.weight": "input_layernorm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_q.bias": "self_attn.q_proj.bias",
    "attn_k.bias": "self_attn.k_proj.bias",
    "attn_v.bias": "self_attn.v_proj.bias",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
}


class SafetensorsSource:
    """A Hugging Face folder: config.json, tokenizer.json and one or many safetensors files.

    Matrices that bitsandbytes quantised to 4 bits are read as the numbers that they stand for.
    """

    def __init__(self, folder: Path) -> None:
        """Opens every shard; raises ModelFileError or UnsupportedModel."""
        self._folder = folder
        self.config = config_from_hf(folder)
        self._stack = ExitStack()
        self._read: dict[str, Callable[[str], object]] = {}
        self._files = _shards(folder)
        self._dequantized: tuple[str, Tensor] | None = None
        try:
            for path in self._files:
                shard = self._stack.enter_context(safe_open(str(path), framework="pt"))
                for name in shard.keys():  # noqa: SIM118  The handle is no mapping.
                    self._read[name] = shard.get_slice
        except (OSError, SafetensorError) as error:
            self._stack.close()
            raise ModelFileError(f"{folder} has a damaged safetensors file: {error}") from error

    def shape(self, name: str) -> tuple[int, ...]:
        state = state_name(name, self._read)
        if state is not None:
            return read_matrix(name, state, self._whole).shape
        return tuple(self._slice(name).get_shape())

    def rows(self, name: str, start: int, stop: int) -> Tensor:
        state = state_name(name, self._read)
        if state is not None:
            # Its rows are asked for block by block, one matrix after the other.
            if self._dequantized is None or self._dequantized[0] != name:
                weight = read_matrix(name, state, self._whole)
                self._dequantized = (name, dequantize_nf4(weight))
            return self._dequantized[1][start:stop]
        part = self._slice(name)
        if len(part.get_shape()) == 1:
            return part[:].float()[None]
        return part[start:stop].float()

    def tokenizer(self) -> Tokenizer:
        return tokenizer_from_hf(self._folder)

    def layer_name(self, layer: int, part: str) -> str:
        return f"model.layers.{layer}.{HF_LAYER_PARTS[part]}"

    def global_name(self, part: str) -> str:
        return {
            "embed": "model.embed_tokens.weight",
            "final_norm": "model.norm.weight",
            "head": "lm_head.weight",
        }[part]

    def close(self) -> None:
        self._stack.close()

    def _whole(self, name: str) -> Tensor:
        return self._part(name)[:]

    def _part(self, name: str) -> _Slice:
        try:
            part: _Slice = self._read[name](name)  # type: ignore[assignment]
        except KeyError:
            raise ModelFileError(f"{self._folder} has no tensor {name}; pull it again") from None
        return part

    def _slice(self, name: str) -> _Slice:
        part = self._part(name)
        kind = str(part.get_dtype())
        if kind not in ("BF16", "F16", "F32"):
            raise UnsupportedModel(f"{name} is stored as {kind}; BF16, F16 and F32 are supported")
        return part


class _Slice(Protocol):
    """What safetensors hands out for lazily reading a tensor."""

    def get_shape(self) -> list[int]: ...

    def get_dtype(self) -> str: ...

    def __getitem__(self, rows: slice) -> Tensor: ...


@dataclass(frozen=True, slots=True)
class PlannedTensor:
    """A tensor of the converted file and the source tensors stacked to make it."""

    name: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    parts: tuple[str, ...]

    @property
    def n_bytes(self) -> int:
        """The size of the tensor in the converted file."""
        return math.prod(self.shape) * self.dtype.itemsize


def plan(source: WeightSource, dtype: torch.dtype) -> list[PlannedTensor]:
    """Lists what the converted file holds, checked against the config.

    Matrices take `dtype`; norms and biases stay in float32, which costs nothing and keeps them
    exact.

    Raises:
        ModelFileError: a tensor is missing or its shape contradicts the config.
    """
    config = source.config
    C, F = config.hidden, config.ffn
    q_rows, kv_rows = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim
    planned: list[PlannedTensor] = []

    def add(name: str, parts: list[tuple[str, tuple[int, ...]]]) -> None:
        for part, expected in parts:
            if source.shape(part) != expected:
                raise ModelFileError(
                    f"tensor {part} has shape {source.shape(part)}; the config says {expected}"
                )
        shape = parts[0][1]
        if len(parts) > 1:
            shape = (sum(expected[0] for _, expected in parts), *shape[1:])
        planned.append(
            PlannedTensor(
                name,
                shape,
                torch.float32 if len(shape) == 1 else dtype,
                tuple(part for part, _ in parts),
            )
        )

    add("embed", [(source.global_name("embed"), (config.vocab, C))])
    if not config.tied_head:
        add("head", [(source.global_name("head"), (config.vocab, C))])
    add("final_norm", [(source.global_name("final_norm"), (C,))])
    for i in range(config.n_layers):

        def named(part: str, *shape: int, layer: int = i) -> tuple[str, tuple[int, ...]]:
            return source.layer_name(layer, part), shape

        at = f"layers.{i}."
        add(at + "attn_norm", [named("attn_norm.weight", C)])
        qkv = [("attn_q", q_rows), ("attn_k", kv_rows), ("attn_v", kv_rows)]
        add(at + "qkv", [named(f"{part}.weight", rows, C) for part, rows in qkv])
        if config.qkv_bias:
            add(at + "qkv_bias", [named(f"{part}.bias", rows) for part, rows in qkv])
        add(at + "out", [named("attn_output.weight", C, q_rows)])
        add(at + "ffn_norm", [named("ffn_norm.weight", C)])
        add(at + "gate_up", [named("ffn_gate.weight", F, C), named("ffn_up.weight", F, C)])
        add(at + "down", [named("ffn_down.weight", C, F)])
    return planned


def _shards(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        try:
            names = sorted(
                set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelFileError(f"{index} is damaged: {error}") from error
        # A name such as ../../x would read outside the folder.
        if any(not isinstance(name, str) or Path(name).name != name for name in names):
            raise ModelFileError(f"{index} names a file outside its folder")
        files = [folder / name for name in names]
    else:
        files = sorted(folder.glob("*.safetensors"))
    missing = [path.name for path in files if not path.is_file()]
    if missing or not files:
        what = ", ".join(missing) or "any .safetensors file"
        raise ModelFileError(f"{folder} lacks {what}; pull the model again")
    return files
