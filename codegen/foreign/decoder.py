"""A model of transformers as `codegen.decoder.Decoder`, whatever its architecture: one by one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor

from codegen.decoder import Lead, Scores, Segment
from codegen.kv_cache import SequenceCache


class ForeignCache(SequenceCache):
    """One sequence's cache, kept by transformers; what lies beyond `length` counts for nothing."""

    def __init__(self, capacity: int) -> None:
        """Begins empty."""
        from transformers import DynamicCache

        super().__init__(capacity)
        self.kept: Any = DynamicCache()

    def cut(self) -> None:
        """Forgets what lies beyond `length`: a pass that was cancelled left some layers longer."""
        for layer in self.kept.layers:
            if layer.keys is not None and layer.keys.shape[-2] > self.length:
                layer.keys = layer.keys[..., : self.length, :]
                layer.values = layer.values[..., : self.length, :]

    def release(self) -> None:
        """Frees the memory."""
        self.kept = None


class ForeignDecoder:
    """Scores tokens with a transformers model; holds no state of any sequence."""

    # Only our own decoders have a config of ours.
    config = None

    def __init__(self, model: Any, context_tokens: int, weights_name: str) -> None:
        """Takes a loaded `AutoModelForCausalLM`."""
        self._model = model
        self.device: torch.device = model.device
        self.context_tokens = context_tokens
        self.weights_name = weights_name
        # The blocks, for cancelling between them: the longest list of modules of the model.
        lists: list[Sequence[torch.nn.Module]] = [
            list(m) for m in model.modules() if isinstance(m, torch.nn.ModuleList)
        ]
        self._blocks: Sequence[torch.nn.Module] = max(lists, key=len, default=[])

    def new_cache(self, capacity: int) -> ForeignCache:
        """An empty cache for one sequence."""
        return ForeignCache(capacity)

    def warm_up(self) -> None:
        """Runs one token, so that the first request finds the weights in memory."""
        self.score([Segment((0,), self.new_cache(1))])

    @torch.inference_mode()
    def score(
        self, segments: Sequence[Segment], *, checkpoint: Callable[[], None] = lambda: None
    ) -> Scores:
        """Extends each sequence by its tokens, one after the other, and scores what comes next."""
        logits = [self._score_one(segment, checkpoint) for segment in segments]
        return Scores(torch.stack(logits))

    @torch.inference_mode()
    def verify(self, cache: SequenceCache, token_ids: Sequence[int]) -> list[int]:
        """The best token after each of some, in one pass."""
        logits = self._run(Segment(token_ids, cache), lambda: None)
        best = logits.argmax(dim=-1)
        return [int(i) for i in best.where(logits.isfinite().any(dim=-1), -1).tolist()]

    def follow(self, cache: SequenceCache, token_id: int) -> Iterator[int] | None:
        """Nothing is computed ahead."""
        return None

    def follow_all(self, leads: Sequence[Lead]) -> Iterator[list[int]] | None:
        """As `follow`."""
        return None

    def _score_one(self, segment: Segment, checkpoint: Callable[[], None]) -> Tensor:
        return self._run(segment, checkpoint)[-1]

    def _run(self, segment: Segment, checkpoint: Callable[[], None]) -> Tensor:
        """What comes after each token. Shapes: -> [T, V] float32."""
        cache = segment.cache
        assert isinstance(cache, ForeignCache), "a cache of another decoder"
        cache.require_room(len(segment.token_ids))
        cache.cut()
        token_ids = torch.tensor([list(segment.token_ids)], device=self.device)
        with self._checking(checkpoint):
            out = self._model(token_ids, past_key_values=cache.kept, use_cache=True)
        cache.advance(len(segment.token_ids))
        logits: Tensor = out.logits[0].float()
        return logits

    @contextlib.contextmanager
    def _checking(self, checkpoint: Callable[[], None]) -> Iterator[None]:
        """Asks before every block whether to go on."""
        hooks = [
            block.register_forward_pre_hook(lambda module, inputs: checkpoint())
            for block in self._blocks
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
