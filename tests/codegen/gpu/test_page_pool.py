"""Pages that sequences share, and what each of them may write."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from codegen.choice import CacheFormat
from codegen.errors import CacheFull
from codegen.gpu.measure import shapes
from codegen.gpu.page_pool import PAGE_TOKENS, SPARE_PAGE, PagedCache, PagePool
from codegen.gpu.pool import SPARE

CPU = torch.device("cpu")


def pool_of(n_pages: int, cache_format: CacheFormat = "float16") -> PagePool:
    config = replace(shapes("0.5b"), n_layers=2)
    return PagePool(config, n_pages * PAGE_TOKENS, 4 * PAGE_TOKENS, CPU, cache_format)


def taken(pool: PagePool, capacity: int, length: int = 0) -> PagedCache:
    cache = pool.take(capacity)
    assert cache is not None
    cache.advance(length)
    return cache


def mark(pool: PagePool, page: int, value: float) -> None:
    own = slice(page * PAGE_TOKENS, (page + 1) * PAGE_TOKENS)
    pool.memory.keys[:, own] = value
    pool.memory.values[:, own] = -value


def marks(pool: PagePool, page: int) -> list[float]:
    own = slice(page * PAGE_TOKENS, (page + 1) * PAGE_TOKENS)
    keys, values = pool.memory.keys[:, own].float(), pool.memory.values[:, own].float()
    assert torch.equal(keys, -values)
    assert torch.equal(keys, keys[:1, :, :1, :1].expand_as(keys))
    return [float(x) for x in keys[0, :, 0, 0]]


def test_a_table_names_every_page_and_the_spare_one_behind_the_end() -> None:
    pool = pool_of(5)
    cache = taken(pool, PAGE_TOKENS + 1)
    assert len(set(cache.pages)) == 2
    assert SPARE_PAGE not in cache.pages
    # Eight pages take the longest pass that is captured, which no sequence may be in the way of.
    assert cache.table() == [*cache.pages, *[SPARE_PAGE] * (SPARE // PAGE_TOKENS - 2)]
    assert pool.take(4 * PAGE_TOKENS) is None
    wide = PagePool(shapes("0.5b"), PAGE_TOKENS, 1000, torch.device("meta"))
    assert wide.table_width == 17
    cache.release()
    assert pool.n_free == 5
    cache.release()
    assert pool.n_free == 5


@pytest.mark.parametrize("cache_format", ["float16", "int8", "fp8"])
def test_a_sequence_begins_on_the_pages_of_another_and_copies_only_the_last(
    cache_format: CacheFormat,
) -> None:
    pool = pool_of(8, cache_format)
    first = taken(pool, 3 * PAGE_TOKENS, 2 * PAGE_TOKENS + 10)
    for value, page in enumerate(first.pages, 1):
        mark(pool, page, value)
    second = taken(pool, 4 * PAGE_TOKENS)
    assert second.begin_like(first, 2 * PAGE_TOKENS + 7)
    assert second.length == 2 * PAGE_TOKENS + 7
    assert second.pages[:2] == first.pages[:2]
    assert not set(second.pages[2:]) & set(first.pages)
    assert marks(pool, second.pages[2]) == [3.0] * 7 + [0.0] * (PAGE_TOKENS - 7)
    # Two pages are shared, so of 7 only 5 are taken.
    assert pool.n_free == 3
    first.release()
    assert pool.n_free == 4
    assert marks(pool, second.pages[0]) == [1.0] * PAGE_TOKENS


def test_going_back_onto_a_shared_page_leaves_it_to_the_other() -> None:
    pool = pool_of(8)
    first = taken(pool, 3 * PAGE_TOKENS, 2 * PAGE_TOKENS)
    for value, page in enumerate(first.pages, 1):
        mark(pool, page, value)
    second = taken(pool, 3 * PAGE_TOKENS)
    second.begin_like(first, 2 * PAGE_TOKENS)
    shared = second.pages[:2]
    second.truncate(PAGE_TOKENS + 5)
    assert second.pages[0] == shared[0]
    assert second.pages[1] != shared[1]
    assert marks(pool, second.pages[1])[:5] == [2.0] * 5
    assert first.pages[:2] == shared
    assert second.length == PAGE_TOKENS + 5
    # Whoever holds a page alone goes back on it freely.
    first.truncate(PAGE_TOKENS + 1)
    assert first.pages[1] == shared[1]


def test_beginning_anew_leaves_shared_pages_to_the_other() -> None:
    pool = pool_of(8)
    first, second = taken(pool, 2 * PAGE_TOKENS, 2 * PAGE_TOKENS), taken(pool, 2 * PAGE_TOKENS)
    second.begin_like(first, 2 * PAGE_TOKENS)
    third = taken(pool, 2 * PAGE_TOKENS, PAGE_TOKENS)
    second.begin_like(third, 3)
    assert not set(second.pages) & (set(first.pages) | set(third.pages))
    assert pool.n_free == 2


def test_too_few_pages_are_said_and_nothing_is_changed() -> None:
    pool = pool_of(4)
    first = taken(pool, 2 * PAGE_TOKENS, 2 * PAGE_TOKENS)
    second = taken(pool, 2 * PAGE_TOKENS)
    second.begin_like(first, 2 * PAGE_TOKENS)
    assert pool.n_free == 2
    third = taken(pool, 2 * PAGE_TOKENS)
    with pytest.raises(CacheFull, match="no page free"):
        second.truncate(5)
    assert second.length == 2 * PAGE_TOKENS
    assert second.pages == first.pages
    third.release()
    second.truncate(5)
    assert not set(second.pages) & set(first.pages)


def test_more_than_there_is_cannot_be_taken_over() -> None:
    pool = pool_of(4)
    first, second = taken(pool, 100, 50), taken(pool, 20)
    for n_tokens in (51, 21, -1):
        with pytest.raises(ValueError, match="cannot take"):
            second.begin_like(first, n_tokens)
    with pytest.raises(ValueError, match="cannot keep"):
        first.truncate(51)
