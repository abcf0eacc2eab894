"""The dense decoder on a GPU: one graph a step, and prompts in pieces of captured sizes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from codegen.decoder import Scores, Segment
from codegen.errors import CacheFull
from codegen.gpu.packed_weights import PackedWeights
from codegen.gpu.pool import MARGIN, SPARE, KvPool, PoolCache
from codegen.gpu.prompt_step import CapturedPrompt
from codegen.gpu.step import CapturedStep
from codegen.kv_cache import SequenceCache
from kernels import ops
from kernels.step import StepOperations, Stream

# A step is padded to the next of these, so that few graphs serve all lengths.
BUCKETS = (1, 2, 4, 8, 16, 32, 64)
# Prompts go in pieces of these sizes, the largest first, and their rest as a step. A piece may be
# padded as far as the pool's margin reaches.
PIECES = (SPARE, 256, 128)
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
            max(self.context_tokens + MARGIN, SPARE),
            config.head_dim,
            config.rope_theta,
            config.rope_scaling,
            self.device,
        )
        self._steps: dict[tuple[int, int], CapturedStep] = {}
        self._prompts: dict[int, CapturedPrompt] = {}

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
        with torch.inference_mode():
            for n_new in BUCKETS:
                self._step(1, n_new)
            for size in PIECES:
                self._prompt(size)

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
                result = self._operations.choose(
                    stream, self.weights.head, self.weights.shape, None, None
                )
                cache.advance(len(token_ids))
                return result
        checkpoint()
        left = len(token_ids) - at
        logits, chosen = self.filled([Segment(token_ids[at:], cache)], left, ahead=at).run()
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
        prompt = self._prompt(size)
        start, base = cache.length + ahead, _base(cache)
        padding = [0] * (size - len(token_ids))
        prompt.inputs.data.copy_(torch.tensor([*token_ids, *padding, start, base]))
        return prompt.run(len(token_ids), start, base, checkpoint)

    def _prompt(self, size: int) -> CapturedPrompt:
        if size not in self._prompts:
            self._prompts[size] = CapturedPrompt(
                self._operations, self.weights, self._pool, self._rope, size
            )
        return self._prompts[size]

    def use(self, operations: StepOperations) -> None:
        """Changes the kernels, for the bench; steps are captured anew."""
        self._operations = operations
        self._steps.clear()
        self._prompts.clear()

    def filled(self, segments: Sequence[Segment], n_new: int, *, ahead: int = 0) -> CapturedStep:
        """The captured step, told its tokens and places; rows of no sequence get spare ones.

        The tokens stand `ahead` of what the caches count.
        """
        n_tokens = next(size for size in BUCKETS if size >= n_new)
        n_sequences = next(size for size in BUCKETS if size >= len(segments))
        step = self._step(n_sequences, n_tokens)
        spare = n_sequences - len(segments)
        data: list[int] = []
        for segment in segments:
            data += segment.token_ids
            data += [0] * (n_tokens - n_new)
        data += [0] * (n_tokens * spare)
        data += [segment.cache.length + ahead for segment in segments] + [0] * spare
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
