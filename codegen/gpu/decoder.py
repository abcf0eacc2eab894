"""The dense decoder on a GPU: graphs for few tokens, the vendor library for many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from codegen.decoder import Scores, Segment
from codegen.errors import PromptError
from codegen.gpu.packed_weights import PackedWeights
from codegen.gpu.pool import MARGIN, KvPool, PoolCache
from codegen.gpu.step import CapturedStep, run_layers
from codegen.kv_cache import SequenceCache
from kernels import ops
from kernels.step import LayerCache, Places, StepOperations

# A step is padded to the next of these, so that few graphs serve all lengths.
BUCKETS = (1, 2, 4, 8, 16, 32, 64)
# Longer prompts go in pieces: the matmuls gain nothing from more rows, the memory does.
CHUNK_TOKENS = 2048
# Steps that run on the device while the host still reads an earlier one's token.
STEPS_AHEAD = 2


class GpuDecoder:
    """Runs the transformer over packed weights; sequences hold stretches of its pool."""

    def __init__(
        self,
        weights: PackedWeights,
        context_tokens: int,
        *,
        pool_tokens: int | None = None,
        operations: StepOperations | None = None,
    ) -> None:
        """Reserves the pool and the rotary tables.

        Args:
            weights: of any format, on the device that decodes.
            context_tokens: the most tokens of one sequence.
            pool_tokens: the most tokens of all sequences together; one sequence's by default.
            operations: the kernels; those for the weights' device by default.
        """
        config = weights.config
        self.config = config
        self.weights = weights
        self.device = weights.embed.device
        self.context_tokens = min(context_tokens, config.max_positions)
        self._operations = operations or ops.step_operations(self.device)
        # Qwen's key biases reach hundreds: float16 has the range for them and eight times the
        # precision of bfloat16.
        dtype = torch.float16 if self.device.type == "cuda" else torch.float32
        n_positions = max(pool_tokens or 0, self.context_tokens) + MARGIN
        self._pool = KvPool(config, n_positions, dtype, self.device)
        self._rope = ops.rope_table(
            self.context_tokens + MARGIN,
            config.head_dim,
            config.rope_theta,
            config.rope_scaling,
            self.device,
        )
        self._steps: dict[tuple[int, int], CapturedStep] = {}

    @property
    def weights_name(self) -> str:
        """The format of the weights, for reports."""
        return self.weights.kind

    def new_cache(self, capacity: int) -> PoolCache:
        """A stretch of the pool for one sequence.

        Raises:
            PromptError: the pool's other sequences leave too little room.
        """
        cache = self._pool.take(capacity)
        if cache is None:
            raise PromptError(
                f"the GPU's cache of {self._pool.n_positions} tokens has no room for {capacity} "
                "more; send fewer requests at once"
            )
        return cache

    def warm_up(self) -> None:
        """Captures the graphs that a first request needs."""
        for n_new in BUCKETS:
            self._step(1, n_new)

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
        step = self.filled([Segment((token_id,), cache)], 1)
        room = cache.capacity - cache.length
        pinned = self.device.type == "cuda"
        # One place more than steps in flight, so that none is overwritten before it is read.
        landing = torch.empty(STEPS_AHEAD + 1, dtype=torch.int64, pin_memory=pinned)
        arrivals: list[torch.cuda.Event | None] = [None] * (STEPS_AHEAD + 1)
        launched = 0
        for read in range(room):
            while launched < min(room, read + STEPS_AHEAD):
                with torch.inference_mode():
                    _, chosen = step.run()
                    slot = launched % len(landing)
                    landing[slot : slot + 1].copy_(chosen, non_blocking=True)
                if pinned:
                    event = torch.cuda.Event()  # type: ignore[no-untyped-call]
                    event.record()
                    arrivals[slot] = event
                launched += 1
            slot = read % len(landing)
            event_or_none = arrivals[slot]
            if event_or_none is not None:
                event_or_none.synchronize()
            cache.advance(1)
            yield int(landing[slot])

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
        if len(token_ids) <= BUCKETS[-1]:
            checkpoint()
            logits, chosen = self.filled([segment], len(token_ids)).run()
            last = len(token_ids) - 1
            cache.advance(len(token_ids))
            return logits[last : last + 1].clone(), chosen[last : last + 1].clone()
        # What was written counts once all of it is there, as the cache of a cancelled pass is
        # used again.
        at = 0
        while len(token_ids) - at > CHUNK_TOKENS:
            self._chunk(token_ids[at : at + CHUNK_TOKENS], cache, cache.length + at, checkpoint)
            at += CHUNK_TOKENS
        result = self._chunk(token_ids[at:], cache, cache.length + at, checkpoint)
        cache.advance(len(token_ids))
        return result

    def _chunk(
        self,
        token_ids: Sequence[int],
        cache: SequenceCache,
        start: int,
        checkpoint: Callable[[], None],
    ) -> tuple[Tensor, Tensor]:
        """Many tokens of one sequence, outside any graph: the host knows their place."""
        base = _base(cache)
        inputs = torch.tensor([start, base, *token_ids]).to(self.device)
        places = Places(inputs[:1], inputs[1:2], *self._rope, len(token_ids), self.context_tokens)
        operations = self._operations

        def attend(query: Tensor, cache: LayerCache) -> Tensor:
            return operations.attend_many(query, start, base, cache)

        stream = run_layers(
            operations, self.weights, self._pool, inputs[2:], places, attend, checkpoint
        )
        return operations.choose(
            stream.last_row(), self.weights.head, self.weights.shape, None, None
        )

    def use(self, operations: StepOperations) -> None:
        """Changes the kernels, for the bench; steps are captured anew."""
        self._operations = operations
        self._steps.clear()

    def filled(self, segments: Sequence[Segment], n_new: int) -> CapturedStep:
        """The captured step, told its tokens and places; rows of no sequence get the margin."""
        n_tokens = next(size for size in BUCKETS if size >= n_new)
        n_sequences = next(size for size in BUCKETS if size >= len(segments))
        step = self._step(n_sequences, n_tokens)
        spare = n_sequences - len(segments)
        data: list[int] = []
        for segment in segments:
            data += segment.token_ids
            data += [0] * (n_tokens - n_new)
        data += [0] * (n_tokens * spare)
        data += [segment.cache.length for segment in segments] + [0] * spare
        data += [_base(segment.cache) for segment in segments] + [0] * spare
        with torch.inference_mode():
            step.inputs.data.copy_(torch.tensor(data))
        return step

    def _step(self, n_sequences: int, n_new: int) -> CapturedStep:
        key = (n_sequences, n_new)
        if key not in self._steps:
            with torch.inference_mode():
                self._steps[key] = CapturedStep(
                    self._operations, self.weights, self._pool, self._rope, *key
                )
        return self._steps[key]


def _base(cache: SequenceCache) -> int:
    assert isinstance(cache, PoolCache), "a cache of another decoder"
    return cache.base
