"""One safetensors file of packed weights, in the order in which a step reads them.

A packed matrix NAME is `NAME.words`, `NAME.scales` and, with zero points, `NAME.zeros`; a bfloat16
one is `NAME`. Norms, biases and the embedding go by their names in the converted file. The metadata
holds the model's config and, for each matrix, its format, size and the order of its rows. A file
without an embedding means the head's numbers by it, but for the rows that `embed.rows`,
`embed.codes` and `embed.scales` hold in 8 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from codegen.errors import ModelFileError
from codegen.gpu.packed_weights import FORMATS, Format, PackedLayer, PackedWeights
from codegen.model_config import ModelConfig
from codegen.quantize.kept_rows import KeptRows
from codegen.quantize.packed_parts import (
    MatrixEntry,
    entries_as_json,
    entries_from_json,
    parts_of,
    weight_of,
)
from kernels.packing import TILE_ROWS
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import PackedWeight, dequantize
from kernels.step import Projection

PACKED_NAME = "packed.safetensors"
FILE_FORMAT = "leadsman-packed-2"
# The first one had scales and zero points in bfloat16 alone.
_READ_FORMATS = ("leadsman-packed-1", FILE_FORMAT)
_TILES_AT_ONCE = 512


def write_packed(weights: PackedWeights, path: Path, embed: KeptRows | None = None) -> int:
    """Writes the file beside its final name and renames it when it is whole; returns its size.

    Args:
        weights: what to write.
        path: where to.
        embed: with it the head stands for the embedding too, but for these rows.

    Raises:
        ModelFileError: it cannot be written.
    """
    tensors: dict[str, Tensor] = {}
    if embed is None:
        tensors["embed"] = weights.embed.cpu()
    else:
        tensors["embed.rows"] = embed.rows.cpu()
        tensors["embed.codes"], tensors["embed.scales"] = embed.codes.cpu(), embed.scales.cpu()
    entries: dict[str, MatrixEntry] = {}

    def add(name: str, projection: Projection) -> None:
        entries[name], parts = parts_of(projection)
        if projection.bias is not None:
            tensors[f"{name}.bias"] = projection.bias.cpu()
        for part, tensor in parts.items():
            # A tied head of bf16 is the embedding; the file format knows no two names for one.
            shares = tensor is weights.embed
            tensors[name + part] = tensor.cpu().clone() if shares else tensor.cpu()

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
    metadata = {
        "format": FILE_FORMAT,
        "kind": weights.kind,
        "config": weights.config.to_json(),
        "matrices": entries_as_json(entries),
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
            known = metadata.get("format") in _READ_FORMATS
            if not known or metadata.get("kind") not in FORMATS:
                raise ModelFileError("it is not a file of packed weights")
            config = ModelConfig.from_json(metadata.get("config", ""))
            entries = entries_from_json(metadata.get("matrices", ""))
            names = set(file.keys())

            def projection(name: str) -> Projection:
                entry = entries[name]
                bias = file.get_tensor(f"{name}.bias") if f"{name}.bias" in names else None
                if entry.kind == "bf16":
                    return Projection(file.get_tensor(name), bias, entry.n_pairs)
                parts = {
                    part: file.get_tensor(name + part)
                    for part in (".words", ".scales", ".zeros")
                    if name + part in names
                }
                return Projection(weight_of(name, entry, parts), bias, entry.n_pairs)

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
            parts = {part: f"embed.{part}" for part in ("rows", "codes", "scales")}
            if "embed" in names:
                embed = file.get_tensor("embed")
            else:
                embed = embedding_of(head)
                if "embed.rows" in names:
                    kept = KeptRows(**{key: file.get_tensor(name) for key, name in parts.items()})
                    embed = _checked(kept, embed).put_into(embed)
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


def _checked(kept: KeptRows, embed: Tensor) -> KeptRows:
    R, (V, C) = len(kept.rows), embed.shape
    fits = kept.codes.shape == (R, C) and kept.scales.shape == (R,) and kept.rows.shape == (R,)
    if not fits or (R and not 0 <= int(kept.rows.min()) <= int(kept.rows.max()) < V):
        raise ModelFileError("the rows of its embedding have other sizes than it says")
    return kept
