"""The pool of cache positions."""

from __future__ import annotations

import torch

from codegen.gpu.measure import shapes
from codegen.gpu.pool import MARGIN, SPARE, KvPool


def test_a_cache_gives_its_stretch_back_once_and_never_another_s() -> None:
    n_positions = 2 * (100 + MARGIN)
    pool = KvPool(shapes("0.5b"), n_positions, torch.device("meta"))
    first = pool.take(100)
    assert first is not None
    first.release()
    second = pool.take(100)
    assert second is not None
    assert second.base == first.base == SPARE
    first.release()
    del first
    third = pool.take(100)
    assert third is not None
    assert third.base != second.base
    assert pool.take(1) is None
