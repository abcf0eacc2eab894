"""The captured steps and prompts of a decoder: made when first asked for, one for each size."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from codegen.decoder import Segment
from codegen.engine import Sampling
from codegen.gpu.packed_weights import PackedWeights
from codegen.gpu.pool import SPARE, Pool, PoolCache
from codegen.gpu.prompt_step import CapturedPrompt
from codegen.gpu.step import SHORT_ROOM, CapturedStep
from codegen.kv_cache import SequenceCache
from kernels.step import StepOperations

# A step is padded to the next of these, so that few graphs serve all lengths.
BUCKETS = (1, 2, 4, 8, 16, 32, 64)
# Prompts go in pieces of these sizes, the largest first, and their rest as a step. A piece may be
# padded as far as the pool's margin reaches.
PIECES = (SPARE, 256, 128)


class Graphs:
    """Graphs over one pool and one set of weights."""

    def __init__(
        self,
        operations: StepOperations,
        weights: PackedWeights,
        pool: Pool,
        rope: tuple[Tensor, Tensor],
    ) -> None:
        """Captures nothing yet."""
        self.operations = operations
        self._weights = weights
        self._pool = pool
        self._rope = rope
        self._steps: dict[tuple[int, int, bool, bool], CapturedStep] = {}
        self._prompts: dict[int, CapturedPrompt] = {}

    def capture(self) -> None:
        """Makes the graphs that a first request needs."""
        for n_new in BUCKETS:
            self._step(1, n_new)
        self._step(1, 1, drawn=True)
        for size in PIECES:
            self.prompt(size)

    def filled(
        self,
        segments: Sequence[Segment],
        n_new: int,
        *,
        ahead: int = 0,
        samplings: Sequence[Sampling] = (),
    ) -> CapturedStep:
        """The captured step, told its tokens and places; rows of no sequence get spare ones.

        The tokens stand `ahead` of what the caches count. With samplings, one for each sequence,
        the step draws.
        """
        n_tokens = next(size for size in BUCKETS if size >= n_new)
        n_sequences = next(size for size in BUCKETS if size >= len(segments))
        caches = [pooled(segment.cache) for segment in segments]
        longest = max((cache.length for cache in caches), default=0) + ahead + n_tokens
        step = self._step(
            n_sequences, n_tokens, drawn=bool(samplings), is_long=longest > SHORT_ROOM
        )
        spare = n_sequences - len(segments)
        data: list[int] = []
        for segment in segments:
            data += segment.token_ids
            data += [0] * (n_tokens - n_new)
        data += [0] * (n_tokens * spare)
        data += [cache.length + ahead for cache in caches] + [0] * spare
        data += [cache.base for cache in caches] + [0] * spare
        for cache in caches:
            data += cache.table()
        data += [0] * (self._pool.table_width * spare)
        with torch.inference_mode():
            step.inputs.data.copy_(torch.tensor(data))
            if step.draw_inputs is not None:
                step.draw_inputs.fill(samplings)
        return step

    def prompt(self, size: int) -> CapturedPrompt:
        """The captured piece of a prompt of so many tokens."""
        if size not in self._prompts:
            with torch.inference_mode():
                self._prompts[size] = CapturedPrompt(
                    self.operations, self._weights, self._pool, self._rope, size
                )
        return self._prompts[size]

    def _step(
        self, n_sequences: int, n_new: int, *, drawn: bool = False, is_long: bool = False
    ) -> CapturedStep:
        key = (n_sequences, n_new, drawn, is_long)
        if key not in self._steps:
            with torch.inference_mode():
                self._steps[key] = CapturedStep(
                    self.operations,
                    self._weights,
                    self._pool,
                    self._rope,
                    n_sequences,
                    n_new,
                    drawn=drawn,
                    is_long=is_long,
                )
        return self._steps[key]


def pooled(cache: SequenceCache) -> PoolCache:
    """A cache as one of a pool, which it has to be."""
    assert isinstance(cache, PoolCache), "a cache of another decoder"
    return cache
