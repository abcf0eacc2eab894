"""The pool of keys and values in plain torch: where a sequence's positions lie, and its formats."""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.step import LayerCache, Places, Slots

# The largest number of each format of 8 bits, which the largest of a head's numbers becomes.
LARGEST = {torch.int8: 127.0, torch.float8_e4m3fn: 448.0}


def slots_of(places: Places, sequence: int, base: int, length: int) -> Tensor:
    """Where in the pool a sequence's first positions lie. Shapes: -> [length] int64."""
    position = torch.arange(length, device=places.starts.device)
    if places.pages is None:
        return base + position
    pages = places.pages[sequence].long()
    return pages[position // places.page_size] * places.page_size + position % places.page_size


def new_slots(places: Places) -> Tensor:
    """Where in the pool the new tokens go, without asking the device. Shapes: -> [M] int64."""
    steps = torch.arange(places.n_new, device=places.starts.device)
    position = places.starts[:, None].long() + steps  # [B, T]
    if places.pages is None:
        return (places.bases[:, None] + position).flatten()
    pages = places.pages.long().gather(1, position // places.page_size)
    return (pages * places.page_size + position % places.page_size).flatten()


def read_cache(cache: LayerCache, slots: Slots) -> tuple[Tensor, Tensor]:
    """Keys and values at some slots.

    Shapes: slots of S -> twice [G, S, D], in the cache's dtype, or float32 for a cache of 8 bits.
    """
    keys, values = cache.keys[:, slots], cache.values[:, slots]
    if cache.key_scales is None or cache.value_scales is None:
        return keys, values
    return (
        keys.float() * cache.key_scales[:, slots][..., None],
        values.float() * cache.value_scales[:, slots][..., None],
    )


def write_cache(cache: LayerCache, slots: Tensor, keys: Tensor, values: Tensor) -> None:
    """Writes new keys and values, rounded to the cache's format.

    Shapes: slots [M], keys and values [M, G, D].
    """
    parts = (
        (keys, cache.keys, cache.key_scales),
        (values, cache.values, cache.value_scales),
    )
    for new, pool, scales in parts:
        numbers = new.transpose(0, 1).float()  # [G, M, D]
        if scales is None:
            pool[:, slots] = numbers.to(pool.dtype)
            continue
        codes, scales[:, slots] = quantize_rows(numbers, pool.dtype)
        pool[:, slots] = codes


def quantize_rows(rows: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Rounds each row to 8 bits with a scale of its own; a row of zeros has scale 0.

    Shapes: rows [..., D] float32 -> codes [..., D] of `dtype`, scales [...] float32.
    """
    scales = rows.abs().amax(-1) / LARGEST[dtype]
    codes = rows / torch.where(scales == 0, 1, scales)[..., None]
    if dtype == torch.int8:
        codes = codes.round()
    return codes.to(dtype), scales
