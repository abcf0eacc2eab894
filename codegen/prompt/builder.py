"""From a prompt in words to the tokens that a model is fed.

Parts come in one stable order, the steadiest first, so that what stays the same between two
keystrokes is a common beginning of both prompts. The path of an `Infill` is no part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from codegen.engine import Budget, Chat, Continuation, Infill, Prompt
from codegen.errors import PromptError
from codegen.prompt.chat import Marker, Part, chat_parts
from codegen.prompt.family import Family
from codegen.prompt.window import fit_prefix, fit_suffix
from codegen.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class BuiltPrompt:
    """The tokens to prefill and those to stop at.

    n_prefix_tokens and n_suffix_tokens count text, not markers; only an infill has a suffix.
    n_steady: how many tokens stay as they are while the user types on; the prefix ends there.
    healed is the end of the prefix that the prompt leaves out, for the model to spell again; see
    `codegen.healing`.
    """

    token_ids: tuple[int, ...]
    stop_ids: frozenset[int]
    n_prefix_tokens: int
    n_suffix_tokens: int
    healed: str = ""
    n_steady: int = 0


class Prompts(Protocol):
    """What the engine asks of whatever builds prompts."""

    def build(self, prompt: Prompt, budget: Budget, room: int) -> BuiltPrompt:
        """Tokens for `prompt`, at most `room` of them; raises PromptError."""
        ...


class PromptBuilder:
    """Builds prompts for one model."""

    def __init__(self, family: Family, tokenizer: Tokenizer, eos_id: int | None = None) -> None:
        """Takes the model's own end token besides those of its family."""
        stops = {tokenizer.special_id(marker) for marker in family.stops} | {eos_id}
        self._family = family
        self._tokenizer = tokenizer
        self._stop_ids = frozenset(i for i in stops if i is not None)
        self._bos_ids = [] if family.bos is None else [self._marker_id(family.bos)]

    def build(self, prompt: Prompt, budget: Budget, room: int) -> BuiltPrompt:
        """Tokens for `prompt`, at most `room` of them.

        An infill is cut to its budget and to the room. Neither half gets what the other one leaves
        over, so that a longer suffix never moves the cut of the prefix. A chat or a continuation is
        never cut.

        Raises:
            PromptError: if the prompt cannot fit, or is no conversation that waits for an answer.
        """
        if isinstance(prompt, Infill):
            return self._infill(prompt, budget, room)
        if isinstance(prompt, Chat):
            ids = self._encode(chat_parts(self._family, prompt.messages))
        else:
            ids = [*self._bos_ids, *self._tokenizer.encode(prompt.text)]
        if len(ids) > room:
            kind = "text" if isinstance(prompt, Continuation) else "conversation"
            raise PromptError(
                f"the {kind} has {len(ids)} tokens and the model's context has room for"
                f" {max(0, room)}; shorten it"
            )
        return BuiltPrompt(tuple(ids), self._stop_ids, len(ids), 0, n_steady=len(ids))

    def _infill(self, prompt: Infill, budget: Budget, room: int) -> BuiltPrompt:
        family = self._family
        n_markers = len(self._bos_ids) + 3
        room_for_text = room - n_markers
        if room_for_text < 1:
            raise PromptError(
                f"the model's context has room for {max(0, room)} tokens of prompt; an infill needs"
                f" {n_markers + 1}; ask for fewer new tokens"
            )
        prefix_limit, suffix_limit = share_room(budget, room_for_text)
        prefix = fit_prefix(self._tokenizer, prompt.prefix, prefix_limit)
        suffix = fit_suffix(self._tokenizer, prompt.suffix, suffix_limit)
        healed = self._healed(prompt.prefix, prefix)
        if healed:
            prefix = prefix[:-1]
        ids = [
            *self._bos_ids,
            self._marker_id(family.fim_prefix),
            *prefix,
            self._marker_id(family.fim_suffix),
            *suffix,
            self._marker_id(family.fim_middle),
        ]
        n_steady = len(self._bos_ids) + 1 + len(prefix)
        return BuiltPrompt(tuple(ids), self._stop_ids, len(prefix), len(suffix), healed, n_steady)

    def _healed(self, text: str, ids: Sequence[int]) -> str:
        """The text of the last token, if the model had better write it itself."""
        try:
            last = self._tokenizer.token_bytes(ids[-1]).decode() if ids else ""
        except UnicodeDecodeError:
            return ""
        # Only a word may be half of one. Behind blanks and punctuation the model begins well by
        # itself; made to spell them again, it restores fewer lines. And normalisation may have
        # changed the text.
        is_word = last[-1:].isalnum() or last.endswith("_")
        return last if is_word and text.endswith(last) else ""

    def _encode(self, parts: Sequence[Part]) -> list[int]:
        # Neighbouring texts are encoded as one, as the publisher's template is after rendering.
        ids: list[int] = []
        text = ""
        for part in parts:
            if isinstance(part, Marker):
                ids += [*self._tokenizer.encode(text), self._marker_id(part.content)]
                text = ""
            else:
                text += part
        return ids + self._tokenizer.encode(text)

    def _marker_id(self, content: str) -> int:
        token_id = self._tokenizer.special_id(content)
        assert token_id is not None  # `detect_family` has required it.
        return token_id


def share_room(budget: Budget, room: int) -> tuple[int, int]:
    """The limits of prefix and suffix: the budget, or three to one of too small a room."""
    prefix = max(0, budget.prefix_tokens)
    suffix = max(0, budget.suffix_tokens)
    if prefix + suffix > room:
        prefix = min(prefix, max(room * 3 // 4, room - suffix))
        suffix = min(suffix, room - prefix)
    return prefix, suffix
