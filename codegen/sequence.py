"""One request while it is being generated: its cache, its text so far, its end."""

from __future__ import annotations

import time

import torch
from torch import Tensor

from codegen.decoder import Lead
from codegen.detokenizer import StreamingDetokenizer
from codegen.drafts.lookup import Draft, PromptLookup
from codegen.engine import Finished, FinishReason, Infill, Request, Timings, TokenCounts
from codegen.errors import ModelFileError
from codegen.healing import Healing, SpellingIndex
from codegen.kv_cache import SequenceCache
from codegen.prompt.builder import BuiltPrompt
from codegen.stop_matcher import StopMatcher
from codegen.tokenizer import Tokenizer
from kernels import ops

_NO_NUMBERS = (
    "the model computes no finite numbers, so its weights are damaged; "
    "remove it with `leadsman model remove` and pull it again"
)
# How much of the text after the cursor is looked through for drafts, whatever the prompt has of it.
_DRAFT_CHARACTERS = 6_000


class Sequence:
    """The state of one request of a batch.

    `take` is told the logits of each step; it answers with the text that may be shown and, once
    the request is over, `reason` is set. `tokens` are the prompt's and those that were chosen: the
    cache holds the first of them. `is_kept`: whether others may go on from there afterwards.
    """

    def __init__(
        self,
        request_idx: int,
        request: Request,
        prompt: BuiltPrompt,
        cache: SequenceCache,
        tokenizer: Tokenizer,
        spellings: SpellingIndex,
    ) -> None:
        """Binds a built prompt to a cache that holds its beginning, or nothing yet."""
        self.request_idx = request_idx
        self.prompt = prompt
        self.cache = cache
        self.is_kept = False
        self.n_reused = cache.length
        self.n_drafted = 0
        self.n_accepted = 0
        self.pending: tuple[int, ...] = prompt.token_ids[cache.length :]
        self.tokens = list(prompt.token_ids)
        self.reason: FinishReason | None = None
        self.prompt_ms = 0.0
        self.prefill_ms = 0.0
        self._decode_started = 0.0
        self._request = request
        self._tokenizer = tokenizer
        self._detokenizer = StreamingDetokenizer(tokenizer)
        self._healing = Healing(spellings, prompt.healed.encode())
        self._n_healed_left = len(prompt.healed)
        self._matcher = StopMatcher(request.stop.texts)
        # Made with the first logits: it has to live on their device.
        self._generator: torch.Generator | None = None
        self._n_completion_tokens = 0
        self._lookup: PromptLookup | None = None

    @property
    def request(self) -> Request:
        """What is being answered."""
        return self._request

    def find_draft(self, n_most: int) -> Draft | None:
        """Tokens that may come next, as they did before; no more than the request has room for."""
        n_left = self._request.stop.max_new_tokens - self._n_completion_tokens - 1
        n_room = self.cache.capacity - self.cache.length - 1
        if self._lookup is None:
            self._lookup = self._look_through()
        return self._lookup.find(min(n_most, n_left, n_room))

    def _look_through(self) -> PromptLookup:
        """What was written follows the prefix, wherever the prompt has the suffix."""
        asked, prompt = self._request.prompt, self.prompt
        n_prompt = len(prompt.token_ids)
        if not isinstance(asked, Infill):
            return PromptLookup((), self.tokens)
        prefix = prompt.token_ids[prompt.n_steady - prompt.n_prefix_tokens : prompt.n_steady]
        suffix = self._tokenizer.encode(asked.suffix[:_DRAFT_CHARACTERS])
        return PromptLookup(suffix, [*prefix, *self.tokens[n_prompt:]])

    @property
    def takes_the_best(self) -> bool:
        """Whether the largest logit alone decides the next token."""
        return self._request.sampling.temperature <= 0.0 and not self._healing.is_open

    @property
    def lead(self) -> Lead | None:
        """What a decoder needs to go on alone; None while only the host can choose a token."""
        if self._healing.is_open or len(self.pending) != 1:
            return None
        return Lead(self.cache, self.pending[0], self._request.sampling)

    def take(self, logits: Tensor) -> str:
        """Chooses the next token and returns the text that it releases.

        Shapes: logits [V] float32.
        """
        if not bool(logits.isfinite().any()):
            raise ModelFileError(_NO_NUMBERS)
        sampling = self._request.sampling
        if self._generator is None:
            self._generator = torch.Generator(logits.device).manual_seed(sampling.seed)
        logits = self._healing.restrict(logits)
        token_id = ops.sample(logits, sampling.temperature, sampling.top_p, self._generator)
        return self.accept(token_id)

    def accept(self, token_id: int) -> str:
        """Goes on with a token that was chosen elsewhere; returns the text that it releases."""
        if token_id < 0:
            raise ModelFileError(_NO_NUMBERS)
        if not self._n_completion_tokens:
            self._decode_started = time.perf_counter()
        if token_id in self.prompt.stop_ids:
            return self._end("stop_token")
        self._n_completion_tokens += 1
        self.pending = (token_id,)
        self.tokens.append(token_id)
        if self._lookup is not None:
            self._lookup.push(token_id)
        self._healing.accept(self._tokenizer.token_bytes(token_id))
        text = self._matcher.push(self._new_text(self._detokenizer.push(token_id)))
        if self._matcher.matched is not None:
            self.reason = "stop_text"
        elif self._n_completion_tokens >= self._request.stop.max_new_tokens:
            return text + self._end("length")
        elif self.cache.length + 1 > self.cache.capacity:
            return text + self._end("context_full")
        return text

    def _end(self, reason: FinishReason) -> str:
        self.reason = reason
        text = self._matcher.push(self._new_text(self._detokenizer.flush()))
        if self._matcher.matched is not None:
            self.reason = "stop_text"
            return text
        return text + self._matcher.flush()

    def _new_text(self, text: str) -> str:
        """Drops the healed characters, which stand before the cursor already."""
        n = min(self._n_healed_left, len(text))
        self._n_healed_left -= n
        return text[n:]

    def finished(self, queue_ms: float, reason: FinishReason, detail: str = "") -> Finished:
        """The request's last event."""
        decode_ms = 0.0
        if self._decode_started:
            decode_ms = (time.perf_counter() - self._decode_started) * 1e3
        return Finished(
            self.request_idx,
            reason,
            timings=Timings(queue_ms, self.prompt_ms, self.prefill_ms, decode_ms),
            tokens=TokenCounts(
                len(self.prompt.token_ids),
                self.n_reused,
                self._n_completion_tokens,
                self.n_drafted,
                self.n_accepted,
            ),
            stop_text=self._matcher.matched,
            detail=detail,
        )
