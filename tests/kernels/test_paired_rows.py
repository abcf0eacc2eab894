"""The paired order of rows: its law, its inverse and what it refuses."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kernels.paired_rows import natural_rows, pair_rows


@given(st.integers(1, 4), st.integers(1, 5))
def test_pairs_are_eight_rows_apart_in_one_tile_and_come_back(blocks: int, eighths: int) -> None:
    n_pairs = 8 * eighths
    natural = torch.arange(blocks * 2 * n_pairs)
    paired = pair_rows(natural, n_pairs)
    tiles = paired.view(-1, 2, 8)
    assert torch.equal(tiles[:, 1] - tiles[:, 0], torch.full_like(tiles[:, 0], n_pairs))
    assert torch.equal(natural_rows(paired, n_pairs), natural)


@pytest.mark.parametrize(("rows", "n_pairs"), [(24, 12), (40, 16), (8, 0)])
def test_pairs_that_do_not_fill_tiles_are_refused(rows: int, n_pairs: int) -> None:
    for reorder in (pair_rows, natural_rows):
        with pytest.raises(ValueError, match="pairs must come in eights"):
            reorder(torch.zeros(rows, 4), n_pairs)
