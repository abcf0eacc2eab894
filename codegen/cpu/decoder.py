"""Decoding in int8 on the CPU, behind the seam of `codegen.decoder`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from codegen.cpu.cache import CpuCache
from codegen.decoder import Lead, Scores, Segment
from codegen.kv_cache import SequenceCache
from codegen.model_config import ModelConfig
from kernels.cpu.model import Int8Model
from kernels.cpu.step import CpuStep, Extension, Workers

# A prompt goes in pieces whose activations stay in the caches; the tokens are the same for any.
PIECE_TOKENS = 192
# Shorter steps are over before anybody could want to cancel them.
_FEW_TOKENS = 16


class CpuDecoder:
    """Runs packed weights; holds no state of any sequence."""

    def __init__(
        self, config: ModelConfig, model: Int8Model, workers: Workers | None = None
    ) -> None:
        """Binds weights to threads, new ones unless they are given.

        Raises:
            LibraryMissing: the C library was not compiled.
        """
        self.config = config
        self.context_tokens = model.cosines.shape[0]
        self.device = torch.device("cpu")
        self._step = CpuStep(model, workers or Workers())

    @property
    def weights_name(self) -> str:
        """The format of the weights, for reports."""
        return "int8"

    @property
    def kernels(self) -> str:
        """Which instruction set's kernels run."""
        return self._step.workers.kernels

    def new_cache(self, capacity: int) -> CpuCache:
        """An empty cache for one sequence."""
        return CpuCache(self.config, capacity)

    def warm_up(self) -> None:
        """Runs one token, so that the first request finds the weights in memory."""
        self.score([Segment((0,), self.new_cache(1))])

    def score(
        self, segments: Sequence[Segment], *, checkpoint: Callable[[], None] = lambda: None
    ) -> Scores:
        """Extends each sequence by its tokens and scores what comes next.

        Args:
            segments: one entry per sequence, each with at least one token.
            checkpoint: called between layers; what it raises leaves the caches as they were.
        """
        logits, best = self._extend(segments, every=False, checkpoint=checkpoint)
        return Scores(logits, best.long())

    def follow(self, cache: SequenceCache, token_id: int) -> Iterator[int]:
        """The best tokens after `token_id`; each is computed when it is asked for."""
        while True:
            token_id = self.best([Segment((token_id,), cache)])[0]
            yield token_id

    def follow_all(self, leads: Sequence[Lead]) -> None:
        """Several sequences take their steps together in `score`."""
        return

    def verify(self, cache: SequenceCache, token_ids: Sequence[int]) -> list[int]:
        """The best token after each of some, which the cache counts; what checks drafts."""
        return self.best([Segment(tuple(token_ids), cache)])

    def best(
        self, segments: Sequence[Segment], *, checkpoint: Callable[[], None] = lambda: None
    ) -> list[int]:
        """The best token after each token, all sequences' end to end.

        -1 where the model computes no number.
        """
        return self._extend(segments, every=True, checkpoint=checkpoint)[1].tolist()

    def logits(self, segments: Sequence[Segment]) -> Tensor:
        """Scores after every token, for measurements. Shapes: -> [T, V] float32."""
        return self._extend(segments, every=True, checkpoint=lambda: None)[0]

    def _extend(
        self, segments: Sequence[Segment], *, every: bool, checkpoint: Callable[[], None]
    ) -> tuple[Tensor, Tensor]:
        checkpoint()
        done = [0] * len(segments)
        found: list[tuple[Tensor, Tensor]] = []
        while pieces := _next_pieces(segments, done):
            wanted: list[int] = []
            row = 0
            for i, n in pieces:
                ends = done[i] + n == len(segments[i].token_ids)
                wanted += range(row, row + n) if every else [row + n - 1] * ends
                row += n
            extensions = [_extension(segments[i], done[i], n) for i, n in pieces]
            found.append(self._step(extensions, wanted, checkpoint if row > _FEW_TOKENS else None))
            for i, n in pieces:
                done[i] += n
        for segment in segments:
            segment.cache.advance(len(segment.token_ids))
        if len(found) == 1:
            return found[0]
        return torch.cat([each[0] for each in found]), torch.cat([each[1] for each in found])


def _next_pieces(segments: Sequence[Segment], done: Sequence[int]) -> list[tuple[int, int]]:
    """Which segments go on in the next step, in order, and by how many tokens."""
    pieces, room = [], PIECE_TOKENS
    for i, segment in enumerate(segments):
        n = min(room, len(segment.token_ids) - done[i])
        if n > 0:
            pieces.append((i, n))
            room -= n
    return pieces


def _extension(segment: Segment, done: int, n: int) -> Extension:
    cache = segment.cache
    assert isinstance(cache, CpuCache), "a cache of another decoder"
    cache.require_room(done + n)
    return Extension(
        segment.token_ids[done : done + n],
        cache.keys,
        cache.values,
        cache.length + done,
        cache.room,
    )
