"""Where positions lie in the pool, and what its formats of 8 bits keep."""

from __future__ import annotations

import pytest
import torch

from kernels.cache_reference import quantize_rows, read_cache, slots_of, write_cache
from kernels.step import LayerCache, Places


def places(pages: torch.Tensor | None, page_size: int) -> Places:
    nothing = torch.zeros(1)
    starts, bases = torch.zeros(2, dtype=torch.int32), torch.zeros(2, dtype=torch.int64)
    return Places(starts, bases, nothing, nothing, 1, 64, pages, page_size)


def test_positions_lie_behind_the_base_or_on_the_sequences_pages() -> None:
    assert slots_of(places(None, 0), 1, 7, 3).tolist() == [7, 8, 9]
    pages = torch.tensor([[0, 0], [3, 1]], dtype=torch.int32)
    assert slots_of(places(pages, 16), 1, 7, 18).tolist() == [*range(48, 64), 16, 17]


@pytest.mark.parametrize(("dtype", "limit"), [(torch.int8, 4e-3), (torch.float8_e4m3fn, 4e-2)])
def test_a_row_comes_back_within_its_formats_step(dtype: torch.dtype, limit: float) -> None:
    rows = torch.randn(3, 5, 32, generator=torch.Generator().manual_seed(0))
    rows[1] *= 300  # Each row has a scale of its own.
    rows[2, 4] = 0
    codes, scales = quantize_rows(rows, dtype)
    error = (codes.float() * scales[..., None] - rows).abs().amax(-1)
    assert bool((error <= limit * rows.abs().amax(-1)).all())
    assert scales[2, 4] == 0


def test_what_is_written_is_read_and_nothing_beside_it() -> None:
    keys = torch.zeros(2, 9, 8, dtype=torch.int8)
    scales = torch.full((2, 9), torch.nan)
    cache = LayerCache(keys, keys.clone(), scales, scales.clone())
    slots = torch.tensor([2, 7])
    new = torch.randn(2, 2, 8, generator=torch.Generator().manual_seed(1))
    write_cache(cache, slots, new, -new)
    read_keys, read_values = read_cache(cache, slots)
    assert torch.allclose(read_keys, new.transpose(0, 1), atol=0.02)
    assert torch.equal(read_keys, -read_values)
    assert torch.isnan(scales).sum() == 2 * 7
