"""The dense decoder on a GPU: one graph a step, and prompts in pieces of captured sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from codegen.choice import CacheChoice
from codegen.decoder import Lead, Scores, Segment
from codegen.errors import CacheFull
from codegen.gpu.graphs import BUCKETS, PIECES, Graphs, pooled
from codegen.gpu.packed_weights import PackedWeights, in_chunks
from codegen.gpu.page_pool import PagePool
from codegen.gpu.pool import MARGIN, SPARE, KvPool, Pool, PoolCache
from codegen.gpu.running_ahead import run_ahead
from codegen.gpu.step import CapturedStep
from codegen.kv_cache import SequenceCache
from kernels import ops
from kernels.step import StepOperations, Stream

# The most sequences that run ahead together.
MOST_FOLLOWED = BUCKETS[-1]


class GpuDecoder:
    """Runs the transformer over packed weights; sequences hold stretches of its pool."""

    def __init__(
        self,
        weights: PackedWeights,
        context_tokens: int,
        *,
        pool_tokens: int | None = None,
        cache: CacheChoice = CacheChoice(),  # noqa: B008  It cannot be changed.
        operations: StepOperations | None = None,
    ) -> None:
        """Reserves the pool and the rotary tables.

        Args:
            weights: of any format, on the device that decodes; small groups are put in order.
            context_tokens: the most tokens of one sequence.
            pool_tokens: the most tokens of all sequences together; one sequence's by default.
            cache: the pool's numbers, and whether its sequences hold pages.
            operations: the kernels; those for the weights' device by default.
        """
        config = weights.config
        self.config = config
        self.weights = in_chunks(weights)
        self.device = weights.embed.device
        self.context_tokens = min(context_tokens, config.max_positions)
        n_positions = max(pool_tokens or 0, self.context_tokens) + MARGIN
        self._pool: Pool
        if cache.paged:
            self._pool = PagePool(
                config, n_positions, self.context_tokens, self.device, cache.numbers
            )
        else:
            self._pool = KvPool(config, n_positions, self.device, cache.numbers)
        self._rope = ops.rope_table(
            max(self.context_tokens + MARGIN, SPARE),
            config.head_dim,
            config.rope_theta,
            config.rope_scaling,
            self.device,
        )
        self.use(operations or ops.step_operations(self.device))

    @property
    def weights_name(self) -> str:
        """The format of the weights, for reports."""
        return self.weights.kind

    def new_cache(self, capacity: int) -> PoolCache:
        """A stretch of the pool for one sequence.

        Raises:
            CacheFull: the pool's other sequences leave too little room.
        """
        cache = self._pool.take(capacity)
        if cache is None:
            raise CacheFull(
                f"the GPU's cache of {self._pool.n_positions} tokens has no room for {capacity} "
                "more; send fewer requests at once"
            )
        return cache

    def warm_up(self) -> None:
        """Captures the graphs that a first request needs."""
        self._graphs.capture()

    @torch.inference_mode()
    def score(
        self,
        segments: Sequence[Segment],
        *,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> Scores:
        """Extends each sequence by its tokens and scores what comes next.

        Raises:
            ValueError: tokens that do not fit a cache.
        """
        for segment in segments:
            segment.cache.require_room(len(segment.token_ids))
        if all(len(segment.token_ids) == 1 for segment in segments):
            return self._score_batch(segments)
        scored = [self._score_one(segment, checkpoint) for segment in segments]
        return Scores(torch.cat([one[0] for one in scored]), torch.cat([one[1] for one in scored]))

    @torch.inference_mode()
    def verify(self, cache: SequenceCache, token_ids: Sequence[int]) -> list[int]:
        """The best token after each of some, of which the caller keeps what it accepts.

        The cache counts all of them; `truncate` takes back what was not accepted.
        """
        step = self.filled([Segment(token_ids, cache)], len(token_ids))
        _, chosen = step.run()
        cache.advance(len(token_ids))
        return [int(token) for token in chosen[: len(token_ids)].tolist()]

    def follow(self, cache: SequenceCache, token_id: int) -> Iterator[int]:
        """The best tokens after `token_id`, computed ahead of the reader.

        The cache grows with what was read; closing the iterator leaves it there. It ends when the
        cache is full.
        """
        tokens = self.follow_all([Lead(cache, token_id)])
        assert tokens is not None
        for (token,) in tokens:
            yield token

    def follow_all(self, leads: Sequence[Lead]) -> Iterator[list[int]] | None:
        """A token for each of several sequences at a time, as `follow` does, chosen or drawn.

        It ends when one of their caches is full. None for more than `MOST_FOLLOWED`.
        """
        if len(leads) > MOST_FOLLOWED:
            return None
        samplings = [lead.sampling for lead in leads]
        if all(sampling.temperature <= 0.0 for sampling in samplings):
            samplings = []
        segments = [Segment((lead.token_id,), lead.cache) for lead in leads]
        step = self._graphs.filled(segments, 1, samplings=samplings)
        return run_ahead(step, [lead.cache for lead in leads])

    def _score_batch(self, segments: Sequence[Segment]) -> Scores:
        logits: list[Tensor] = []
        chosen: list[Tensor] = []
        for at in range(0, len(segments), BUCKETS[-1]):
            part = segments[at : at + BUCKETS[-1]]
            step = self.filled(part, 1)
            scores, best = step.run()
            logits.append(scores[: len(part)].clone())
            chosen.append(best[: len(part)].clone())
            for segment in part:
                segment.cache.advance(1)
        return Scores(torch.cat(logits), torch.cat(chosen))

    def _score_one(self, segment: Segment, checkpoint: Callable[[], None]) -> tuple[Tensor, Tensor]:
        token_ids, cache = segment.token_ids, segment.cache
        # What was written counts once all of it is there, as the cache of a cancelled pass is
        # used again.
        at = 0
        while len(token_ids) - at > BUCKETS[-1]:
            left = len(token_ids) - at
            size = next((n for n in PIECES if n <= left + MARGIN), PIECES[-1])
            piece = token_ids[at : at + size]
            stream = self._piece(piece, size, cache, at, checkpoint)
            at += len(piece)
            if at == len(token_ids):
                result = self._graphs.operations.choose(
                    stream, self.weights.head, self.weights.shape, None, None, None
                )
                cache.advance(len(token_ids))
                return result
        checkpoint()
        left = len(token_ids) - at
        logits, chosen = self._graphs.filled([Segment(token_ids[at:], cache)], left, ahead=at).run()
        cache.advance(len(token_ids))
        return logits[left - 1 : left].clone(), chosen[left - 1 : left].clone()

    def _piece(
        self,
        token_ids: Sequence[int],
        size: int,
        cache: SequenceCache,
        ahead: int,
        checkpoint: Callable[[], None],
    ) -> Stream:
        """Many tokens of one sequence, padded to a captured size."""
        prompt = self._graphs.prompt(size)
        own = pooled(cache)
        start, base = cache.length + ahead, own.base
        padding = [0] * (size - len(token_ids))
        data = [*token_ids, *padding, start, base, *own.table()]
        prompt.inputs.data.copy_(torch.tensor(data))
        return prompt.run(len(token_ids), start, base, checkpoint)

    def use(self, operations: StepOperations) -> None:
        """Changes the kernels, for the bench; steps are captured anew."""
        self._graphs = Graphs(operations, self.weights, self._pool, self._rope)

    def filled(self, segments: Sequence[Segment], n_new: int) -> CapturedStep:
        """The captured step, told its tokens and places."""
        return self._graphs.filled(segments, n_new)
