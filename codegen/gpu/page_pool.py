"""A pool whose sequences hold pages, so that one may begin with the pages of another.

A page that two sequences hold is never written: a sequence writes behind its length, and before its
length moves back onto a shared page it takes one of its own in place of that.
"""

from __future__ import annotations

import torch

from codegen.choice import CacheFormat
from codegen.errors import CacheFull
from codegen.gpu.kv_memory import KvMemory
from codegen.gpu.pool import MARGIN, SPARE, PoolCache, require_part
from codegen.kv_cache import SequenceCache
from codegen.model_config import ModelConfig
from kernels.step import LayerCache

# The most keys that attention reads at a time lie on one page.
PAGE_TOKENS = 64
# The first page belongs to no sequence: padding writes there.
SPARE_PAGE = 0


class PagePool:
    """A pool of pages, each held by as many sequences as begin with what is on it."""

    page_size = PAGE_TOKENS

    def __init__(
        self,
        config: ModelConfig,
        n_positions: int,
        context_tokens: int,
        device: torch.device,
        cache_format: CacheFormat = "float16",
    ) -> None:
        """Reserves as many whole pages as `n_positions` fill, and the spare one.

        Args:
            config: the model's shape.
            n_positions: the most tokens of all sequences together.
            context_tokens: the most tokens of one sequence.
            device: where the memory is.
            cache_format: of the numbers.
        """
        n_pages = _pages_for(n_positions)
        self.n_positions = n_pages * PAGE_TOKENS
        # The longest pass is captured on a table of its own length, however short the context.
        self.table_width = _pages_for(max(context_tokens + MARGIN, SPARE))
        self.memory = KvMemory(config, self.n_positions + PAGE_TOKENS, cache_format, device)
        self._free = list(range(n_pages, SPARE_PAGE, -1))
        self._n_holders = [0] * (n_pages + 1)

    @property
    def n_free(self) -> int:
        """Pages that no sequence holds."""
        return len(self._free)

    def layer(self, i: int) -> LayerCache:
        """One layer's views."""
        return self.memory.layer(i)

    def take(self, capacity: int) -> PagedCache | None:
        """Pages for one sequence; None while there are too few."""
        n_pages = _pages_for(capacity)
        if n_pages > self.n_free:
            return None
        return PagedCache(self, [self._fresh() for _ in range(n_pages)], capacity)

    def give_back(self, pages: list[int]) -> None:
        """Frees those of the pages that nobody else holds."""
        for page in pages:
            self._n_holders[page] -= 1
            if not self._n_holders[page]:
                self._free.append(page)

    def share(self, pages: list[int]) -> None:
        """Counts one holder more for each."""
        for page in pages:
            self._n_holders[page] += 1

    def make_own(self, pages: list[int], length: int) -> None:
        """Puts pages that nobody else holds in the place of shared ones from `length` on.

        Raises:
            CacheFull: too few pages are free; nothing has changed then.
        """
        first = length // PAGE_TOKENS
        shared = [i for i in range(first, len(pages)) if self._n_holders[pages[i]] > 1]
        if len(shared) > self.n_free:
            raise CacheFull(
                f"the GPU's cache of {self.n_positions} tokens has no page free to go on with what "
                "another request begins with; send fewer requests at once"
            )
        for i in shared:
            fresh = self._fresh()
            if i == first:
                self.copy_page(pages[i], fresh, length % PAGE_TOKENS)
            self.give_back([pages[i]])
            pages[i] = fresh

    def copy_page(self, source: int, target: int, n_tokens: int) -> None:
        """Copies the first tokens of a page."""
        if n_tokens:
            begin, end = source * PAGE_TOKENS, target * PAGE_TOKENS
            self.memory.copy(slice(begin, begin + n_tokens), slice(end, end + n_tokens))

    def _fresh(self) -> int:
        page = self._free.pop()
        self._n_holders[page] = 1
        return page


class PagedCache(PoolCache):
    """One sequence's pages; gives them back when it is dropped."""

    def __init__(self, pool: PagePool, pages: list[int], capacity: int) -> None:
        """Begins empty on pages of its own."""
        super().__init__(capacity)
        self._pool: PagePool | None = pool
        self._pages = pages

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages, in the order of the positions."""
        return tuple(self._pages)

    def table(self) -> list[int]:
        """The pages, and the spare one for all positions behind the sequence's end."""
        return [*self._pages, *[SPARE_PAGE] * (self._held_by().table_width - len(self._pages))]

    def truncate(self, length: int) -> None:
        """Forgets everything from `length` on, and shares nothing from there on.

        Raises:
            CacheFull: too few pages are free to leave shared ones to others.
        """
        if 0 <= length <= self.length:
            self._held_by().make_own(self._pages, length)
        super().truncate(length)

    def begin_like(self, other: SequenceCache, n_tokens: int) -> bool:
        """Shares the whole pages of another sequence's first tokens, and copies the rest.

        Raises:
            CacheFull: too few pages are free to leave shared ones to others.
        """
        pool = self._held_by()
        assert isinstance(other, PagedCache), "a cache of another decoder"
        require_part(self, other, n_tokens)
        n_shared = n_tokens // PAGE_TOKENS
        # Whole pages are exchanged, so nothing of what is on them needs copying.
        pool.make_own(self._pages, n_shared * PAGE_TOKENS)
        shared = other._pages[:n_shared]
        pool.share(shared)
        pool.give_back(self._pages[:n_shared])
        self._pages[:n_shared] = shared
        if n_tokens % PAGE_TOKENS:
            source, target = other._pages[n_shared], self._pages[n_shared]
            pool.copy_page(source, target, n_tokens % PAGE_TOKENS)
        self.length = n_tokens
        return True

    def release(self) -> None:
        """Frees the pages, once: after that they may be another sequence's."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.give_back(self._pages)

    def _held_by(self) -> PagePool:
        assert self._pool is not None, "a cache that was released"
        return self._pool

    def __del__(self) -> None:
        self.release()


def _pages_for(n_tokens: int) -> int:
    return -(-n_tokens // PAGE_TOKENS)
