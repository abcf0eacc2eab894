"""One safetensors file of packed weights, in the order in which a step reads them.

A packed matrix NAME is `NAME.words`, `NAME.scales` and, with zero points, `NAME.zeros`; a bfloat16
one is `NAME`. Norms, biases and the embedding go by their names in the converted file. The metadata
holds the model's config and, for each matrix, its format, size and the order of its rows. A file
without an embedding means the head's numbers by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from codegen.errors import ModelFileError
from codegen.gpu.packed_weights import FORMATS, Format, PackedLayer, PackedWeights
from codegen.model_config import ModelConfig
from kernels.packing import TILE_ROWS, Int4Weight
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import PackedWeight, Weight, dequantize
from kernels.step import Projection

PACKED_NAME = "packed.safetensors"
FILE_FORMAT = "leadsman-packed-1"
_TILES_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class MatrixEntry:
    """What the metadata says of one matrix. `n_pairs` as in `Projection`; bf16 has group size 0."""

    kind: Format
    n_rows: int
    n_columns: int
    group_size: int
    n_pairs: int


def write_packed(weights: PackedWeights, path: Path, *, embed_from_head: bool = False) -> int:
    """Writes the file beside its final name and renames it when it is whole; returns its size.

    Args:
        weights: what to write.
        path: where to.
        embed_from_head: leaves the embedding out, for models in which both are one matrix.

    Raises:
        ModelFileError: it cannot be written.
    """
    tensors: dict[str, Tensor] = {} if embed_from_head else {"embed": weights.embed.cpu()}
    entries: dict[str, MatrixEntry] = {}

    def add(name: str, projection: Projection) -> None:
        weight = projection.weight
        entries[name] = _entry(projection)
        if projection.bias is not None:
            tensors[f"{name}.bias"] = projection.bias.cpu()
        if isinstance(weight, Tensor):
            # A tied head of bf16 is the embedding; the file format knows no two names for one.
            tensors[name] = weight.cpu().clone() if weight is weights.embed else weight.cpu()
            return
        tensors[f"{name}.words"], tensors[f"{name}.scales"] = (
            weight.words.cpu(),
            weight.scales.cpu(),
        )
        if weight.zeros is not None:
            tensors[f"{name}.zeros"] = weight.zeros.cpu()

    for i, layer in enumerate(weights.layers):
        at = f"layers.{i}."
        tensors[at + "attn_norm"] = layer.attn_norm.cpu()
        tensors[at + "ffn_norm"] = layer.ffn_norm.cpu()
        add(at + "qkv", layer.qkv)
        add(at + "out", layer.out)
        add(at + "gate_up", layer.gate_up)
        add(at + "down", layer.down)
    tensors["final_norm"] = weights.final_norm.cpu()
    add("head", weights.head)
    fields = {
        name: [e.kind, e.n_rows, e.n_columns, e.group_size, e.n_pairs]
        for name, e in entries.items()
    }
    metadata = {
        "format": FILE_FORMAT,
        "kind": weights.kind,
        "config": weights.config.to_json(),
        "matrices": json.dumps(fields, separators=(",", ":")),
    }
    staging = path.with_name(path.name + ".partial")
    try:
        save_file(tensors, staging, metadata)
        staging.replace(path)
        return path.stat().st_size
    except (OSError, SafetensorError) as error:
        raise ModelFileError(f"{path} cannot be written: {error}") from error
    finally:
        staging.unlink(missing_ok=True)


def open_packed(path: Path, device: torch.device) -> PackedWeights:
    """Maps a packed file and uploads it.

    Raises:
        ModelFileError: it is no such file, or damaged.
    """
    try:
        with safe_open(str(path), framework="pt", device=str(device)) as file:
            metadata: Mapping[str, str] = file.metadata() or {}
            if metadata.get("format") != FILE_FORMAT or metadata.get("kind") not in FORMATS:
                raise ModelFileError("it is not a file of packed weights")
            config = ModelConfig.from_json(metadata.get("config", ""))
            entries = _entries(metadata.get("matrices", ""))
            names = set(file.keys())

            def projection(name: str) -> Projection:
                entry = entries[name]
                bias = file.get_tensor(f"{name}.bias") if f"{name}.bias" in names else None
                if entry.kind == "bf16":
                    return Projection(file.get_tensor(name), bias, entry.n_pairs)
                parts = [
                    file.get_tensor(f"{name}.{part}") if f"{name}.{part}" in names else None
                    for part in ("words", "scales", "zeros")
                ]
                return Projection(_weight(name, entry, *parts), bias, entry.n_pairs)

            def layer(i: int) -> PackedLayer:
                at = f"layers.{i}."
                return PackedLayer(
                    attn_norm=file.get_tensor(at + "attn_norm"),
                    qkv=projection(at + "qkv"),
                    out=projection(at + "out"),
                    ffn_norm=file.get_tensor(at + "ffn_norm"),
                    gate_up=projection(at + "gate_up"),
                    down=projection(at + "down"),
                )

            head = projection("head")
            embed = file.get_tensor("embed") if "embed" in names else embedding_of(head)
            return PackedWeights(
                config=config,
                kind=cast(Format, metadata["kind"]),
                embed=embed,
                layers=tuple(layer(i) for i in range(config.n_layers)),
                final_norm=file.get_tensor("final_norm"),
                head=head,
            )
    except (OSError, SafetensorError, KeyError, ModelFileError) as error:
        raise ModelFileError(f"{path} is damaged ({error}); make it again") from error


def embedding_of(head: Projection) -> Tensor:
    """The embedding of a model whose head is the same matrix. Shapes: -> [V, C] bfloat16."""
    weight = head.weight
    if isinstance(weight, Tensor):
        return weight
    # Unpacking takes many times the room of what it unpacks, so it goes by stretches of rows.
    n_tiles = len(weight.words)
    parts: list[Tensor] = []
    for at in range(0, n_tiles, _TILES_AT_ONCE):
        own = slice(at, at + _TILES_AT_ONCE)
        n_rows = min(weight.n_rows, (at + _TILES_AT_ONCE) * TILE_ROWS) - at * TILE_ROWS
        part: PackedWeight
        if isinstance(weight, Int8Weight):
            part = replace(
                weight, words=weight.words[own], scales=weight.scales[own], n_rows=n_rows
            )
        else:
            zeros = None if weight.zeros is None else weight.zeros[own]
            part = replace(
                weight,
                words=weight.words[own],
                scales=weight.scales[own],
                zeros=zeros,
                n_rows=n_rows,
            )
        parts.append(dequantize(part).bfloat16())
    return torch.cat(parts)


def _entry(projection: Projection) -> MatrixEntry:
    weight = projection.weight
    if isinstance(weight, Tensor):
        return MatrixEntry("bf16", weight.shape[0], weight.shape[1], 0, projection.n_pairs)
    kind: Format = "int8" if isinstance(weight, Int8Weight) else "int4"
    return MatrixEntry(kind, weight.n_rows, weight.n_columns, weight.group_size, projection.n_pairs)


def _entries(text: str) -> dict[str, MatrixEntry]:
    try:
        return {name: MatrixEntry(*fields) for name, fields in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise ModelFileError(f"its list of matrices cannot be read: {error}") from error


def _weight(
    name: str, entry: MatrixEntry, words: Tensor | None, scales: Tensor | None, zeros: Tensor | None
) -> Weight:
    """Checks sizes before a kernel believes them: it reads as far as they say."""
    if words is None or scales is None or entry.group_size <= 0:
        raise ModelFileError(f"{name} is incomplete")
    tiles, groups = -(-entry.n_rows // 16), entry.n_columns // entry.group_size
    steps = entry.group_size // 32
    is_wide = entry.kind == "int8"
    expected = (tiles, groups, *((2,) if is_wide else ()), 2, 8, 4, steps)
    scale_shape = (tiles, 1 if is_wide else groups, 8, 2)
    if tuple(words.shape) != expected or tuple(scales.shape) != scale_shape:
        raise ModelFileError(f"{name} has other sizes than the file says")
    if zeros is not None and tuple(zeros.shape) != scale_shape:
        raise ModelFileError(f"{name} has other sizes than the file says")
    if is_wide:
        return Int8Weight(words, scales, entry.n_rows, entry.n_columns, entry.group_size)
    return Int4Weight(words, scales, zeros, entry.n_rows, entry.n_columns, entry.group_size)
