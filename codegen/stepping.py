"""One pass of the decoder after another: prompts in pieces, tokens one by one or drafted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from collections.abc import Sequence as Batch

from codegen.decoder import Decoder, Segment
from codegen.drafts.gate import MOST_DRAFTED, Gate
from codegen.drafts.lookup import Draft
from codegen.engine import CancelToken
from codegen.sequence import Sequence

# A request that is cancelled keeps the pieces that were read. On a CPU a piece of this size costs
# as much for each token as a longer one; a GPU reads whole prompts in the time of a keystroke.
PIECE_TOKENS = 256

# What each accepted token releases.
Released = Iterator[tuple[Sequence, str]]


class Stepper:
    """Drives one decoder. `gate` remembers from request to request what drafts are worth."""

    def __init__(self, decoder: Decoder, gate: Gate | None = None) -> None:
        self.gate = gate or Gate()
        self._decoder = decoder
        self._piece_tokens = PIECE_TOKENS if decoder.device.type == "cpu" else None

    def read(self, sequence: Sequence, cancel: CancelToken, *, all_of_it: bool) -> None:
        """Reads a prompt piece by piece; the last piece only if asked to.

        Raises:
            Cancelled: what was read until then stays in the sequence's cache.
        """
        started = time.perf_counter()
        size = self._piece_tokens or len(sequence.pending)
        while len(sequence.pending) > (0 if all_of_it else size):
            cancel.check()
            piece = sequence.pending[:size]
            self._decoder.score([Segment(piece, sequence.cache)], checkpoint=cancel.check)
            sequence.pending = sequence.pending[len(piece) :]
        sequence.prefill_ms += _since_ms(started)

    def begin(self, sequence: Sequence, cancel: CancelToken) -> Released:
        """Reads what is left of a prompt and takes the first token."""
        self.read(sequence, cancel, all_of_it=False)
        started = time.perf_counter()
        released = list(self.step([sequence], cancel))
        sequence.prefill_ms += _since_ms(started)
        yield from released

    def advance(self, active: Batch[Sequence], cancel: CancelToken) -> Released:
        """Takes one token for each sequence, or as many as can be had for a single one."""
        if len(active) != 1 or not active[0].takes_the_best:
            yield from self._together(active, cancel)
            return
        (sequence,) = active
        draft = sequence.find_draft(MOST_DRAFTED)
        n_drafted = self.gate.length_for(draft) if draft is not None else 0
        if draft is not None and n_drafted:
            yield from self._verify(sequence, draft, n_drafted, cancel)
            return
        tokens = self._decoder.follow(sequence.cache, sequence.pending[0])
        if tokens is not None:
            yield from self._follow(sequence, draft, tokens, cancel)
            return
        started = time.perf_counter()
        released = list(self.step(active, cancel))
        self.gate.timed(1, _since_ms(started))
        if draft is not None:
            self.gate.learn(draft, sequence.pending)
        yield from released

    def _together(self, active: Batch[Sequence], cancel: CancelToken) -> Released:
        """Takes tokens that the device computes ahead, chosen or drawn, until a sequence ends."""
        leads = [lead for sequence in active if (lead := sequence.lead) is not None]
        rows = self._decoder.follow_all(leads) if len(leads) == len(active) else None
        if rows is None:
            yield from self.step(active, cancel)
            return
        for token_ids in rows:
            cancel.check()
            for sequence, token_id in zip(active, token_ids, strict=True):
                yield sequence, sequence.accept(token_id)
            if any(sequence.reason is not None for sequence in active):
                return

    def step(self, active: Batch[Sequence], cancel: CancelToken) -> Released:
        """Feeds each sequence its pending tokens and takes one new token for it."""
        cancel.check()
        scores = self._decoder.score(
            [Segment(s.pending, s.cache) for s in active], checkpoint=cancel.check
        )
        # One copy for the batch; asking the device row by row would wait for it each time.
        best = None if scores.best is None else scores.best.tolist()
        for i, sequence in enumerate(active):
            if best is not None and sequence.takes_the_best:
                yield sequence, sequence.accept(best[i])
            else:
                yield sequence, sequence.take(scores.logits[i])

    def _verify(
        self, sequence: Sequence, draft: Draft, n_drafted: int, cancel: CancelToken
    ) -> Released:
        """Takes a draft's tokens as far as the model agrees, and the one that it puts next."""
        cancel.check()
        started = time.perf_counter()
        cache, before = sequence.cache, sequence.cache.length
        tried = draft.token_ids[:n_drafted]
        best = self._decoder.verify(cache, (*sequence.pending, *tried))
        self.gate.timed(len(best), _since_ms(started))
        n_right = 0
        while n_right < len(tried) and best[n_right] == tried[n_right]:
            n_right += 1
        came = best[: n_right + 1]
        # Before anybody hears of the tokens, so that the cache is whole whenever they stop us.
        cache.truncate(before + len(came))
        self.gate.learn(draft, came)
        sequence.n_drafted += len(tried)
        for i, token_id in enumerate(came):
            text = sequence.accept(token_id)
            sequence.n_accepted += i < n_right and sequence.reason != "stop_token"
            yield sequence, text
            if sequence.reason is not None:
                return

    def _follow(
        self,
        sequence: Sequence,
        draft: Draft | None,
        tokens: Iterator[int],
        cancel: CancelToken,
    ) -> Released:
        """Takes tokens that the device computes ahead, until the end or until a draft is better."""
        started = time.perf_counter()
        for token_id in tokens:
            cancel.check()
            self.gate.timed(1, _since_ms(started))
            if draft is not None:
                self.gate.learn(draft, (token_id,))
            yield sequence, sequence.accept(token_id)
            if sequence.reason is not None:
                return
            draft = sequence.find_draft(MOST_DRAFTED)
            if draft is not None and self.gate.length_for(draft):
                return
            started = time.perf_counter()


def _since_ms(started: float) -> float:
    return (time.perf_counter() - started) * 1e3
