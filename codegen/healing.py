"""Lets the model write the token at the cursor itself.

A cursor in the middle of a word rarely stands where a token ends: after `counts.mo` the prompt
would end in a token that never precedes `st_common`. So the last token of the prefix is taken back,
and the first tokens generated must spell its bytes again, alone or as the beginning of a longer
token. The prompt builder decides where that pays: it does inside words, and not behind blanks or
punctuation.

Source: the technique is known as token healing (Lundberg, "The Art of Prompt Design", 2023).
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

import torch
from torch import Tensor

from codegen.tokenizer import Tokenizer

_NEVER = b"\xff"  # No token of text begins with this byte twice; it ends a range of beginnings.


class SpellingIndex:
    """Finds the tokens that agree with required bytes; built once per tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Sorts the vocabulary by bytes."""
        spelled = [(tokenizer.token_bytes(i), i) for i in range(tokenizer.n_tokens)]
        ordered = sorted(pair for pair in spelled if pair[0])
        self._bytes = [pair[0] for pair in ordered]
        self._ids = [pair[1] for pair in ordered]
        self.ids = lru_cache(maxsize=64)(self._find)

    def _find(self, required: bytes) -> Tensor:
        start = bisect_left(self._bytes, required)
        stop = bisect_left(self._bytes, required + _NEVER * 8)
        found = self._ids[start:stop]
        for n in range(1, len(required)):
            at = bisect_left(self._bytes, required[:n])
            while at < len(self._bytes) and self._bytes[at] == required[:n]:
                found.append(self._ids[at])
                at += 1
        return torch.tensor(found, dtype=torch.int64)


class Healing:
    """The bytes that one sequence still has to spell before it is free."""

    def __init__(self, index: SpellingIndex, required: bytes) -> None:
        """Starts with all of `required` open; empty means free from the first token."""
        self._index = index
        self._open = required

    @property
    def is_open(self) -> bool:
        """Whether bytes are left to spell, so that logits have to be restricted."""
        return bool(self._open)

    def restrict(self, logits: Tensor) -> Tensor:
        """Forbids the tokens that contradict the open bytes, stop tokens among them.

        Shapes: logits [V] -> [V].
        """
        if not self._open:
            return logits
        allowed = self._index.ids(self._open)
        if not len(allowed):
            # A vocabulary without these bytes cannot have produced them; let the model go on.
            self._open = b""
            return logits
        restricted = torch.full_like(logits, -torch.inf)
        allowed = allowed.to(logits.device)
        restricted[allowed] = logits[allowed]
        return restricted

    def accept(self, token_bytes: bytes) -> None:
        """Counts the bytes of the token that was chosen."""
        self._open = self._open[len(token_bytes) :]
