"""The pool of cache positions."""

from __future__ import annotations

from dataclasses import replace

import pytest
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


def test_a_stretch_begins_with_a_copy_of_another_s_tokens() -> None:
    config = replace(shapes("0.5b"), n_layers=2)
    pool = KvPool(config, 500, torch.device("cpu"), "int8")
    first, second = pool.take(50), pool.take(40)
    assert first is not None
    assert second is not None
    pool.memory.keys[:, first.base : first.base + 50] = 7
    pool.memory.layer(1).key_scales[:, first.base : first.base + 50] = 0.5  # type: ignore[index]
    first.advance(45)
    assert second.begin_like(first, 30)
    assert second.length == 30
    own = pool.layer(1)
    assert own.key_scales is not None
    assert bool((own.keys[:, second.base : second.base + 30] == 7).all())
    assert bool((own.key_scales[:, second.base : second.base + 30] == 0.5).all())
    assert not bool(own.keys[:, second.base + 30 : second.base + 40].any())
    with pytest.raises(ValueError, match="cannot take 41 of 45"):
        second.begin_like(first, 41)
