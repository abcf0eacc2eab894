# mypy: ignore-errors
"""How each shape is cut into programs: measured where it was, estimated elsewhere.

`tuned.json` holds the measured cuts; `kernels/NOTES.md` says how they came about.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

# What the estimates fill: the multiprocessors of an H100 or H200, which the table was measured on.
N_MULTIPROCESSORS = 132


@dataclass(frozen=True, slots=True)
class PackedConfig:
    """One cut of the packed matmul: block sizes, warps, loads in flight and parts of K."""

    block_m: int
    block_n: int
    n_warps: int
    n_stages: int
    split_k: int


@dataclass(frozen=True, slots=True)
class AttentionConfig:
    """One cut of decode attention: keys per step, warps, loads in flight and parts of the cache.

    A cache of fewer than `split * least_keys` keys is cut into fewer parts.
    """

    block_s: int
    n_warps: int
    n_stages: int
    split: int
    least_keys: int = 64


@functools.cache
def packed_config(M: int, N: int, K: int, bits: int, group_size: int = 128) -> PackedConfig:
    """The cut for x [M, K] and a weight [N, K]: the measured one, or about four programs an SM.

    What was measured of one format and group size serves others of which nothing was.
    """
    tables = [f"int{bits}_matmul", "int4_matmul"]
    if bits == 4 and group_size == 32:
        tables.insert(0, "int4_matmul_groups_of_32")
    for entry in (entry for table in tables for entry in _table().get(table, [])):
        if (entry["n"], entry["k"]) == (N, K) and entry["m_up_to"] >= M:
            return PackedConfig(**entry["config"])
    block_m = next((size for size in (8, 16) if size >= M), 32)
    block_n = 64 if N >= 8192 else 32 if N >= 1024 else 16
    programs = -(-N // block_n) * -(-M // block_m)
    split_k = min(16, max(1, round(4 * N_MULTIPROCESSORS / programs)))
    return PackedConfig(block_m, block_n, 1 if block_n == 16 else 2, 3, split_k)


@functools.cache
def attention_config(rows: int, G: int, S: int, *, is_narrow: bool = False) -> AttentionConfig:
    """The cut for `rows` query rows per key-value head, G heads and room for S keys.

    A narrow cache has numbers of 8 bits, whose widening takes more warps.

    S is the room and not the length, which may live on the device: one captured graph serves all
    lengths that fit.
    """
    narrow = _table().get("decode_attention_8_bits", []) if is_narrow else []
    for entry in [*narrow, *_table()["decode_attention"]]:
        if (rows == 1) == (entry["rows"] == 1) and entry["s_up_to"] >= S:
            cut = dict(entry["config"])
            # The table says how many programs fill the device.
            split = min(max(1, cut.pop("programs") // G), max(1, S // cut["least_keys"]))
            return AttentionConfig(**cut, split=split)
    raise AssertionError("the last entries of the table have no limit that a cache reaches")


@functools.cache
def _table() -> dict[str, list[dict[str, object]]]:
    return json.loads(Path(__file__).with_name("tuned.json").read_text())
