"""Prompts for a model whose family we do not know, from the markers of its vocabulary.

Holes are asked for in the order prefix, suffix, middle with whichever known triple of markers the
vocabulary has. A model without one is fed the prefix alone, and goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence

from codegen.engine import Budget, Chat, Infill, Message, Prompt
from codegen.errors import PromptError
from codegen.prompt.builder import BuiltPrompt, share_room
from codegen.prompt.window import fit_prefix, fit_suffix
from codegen.tokenizer import Tokenizer

FIM_MARKERS = (
    ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    ("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    ("▁<PRE>", "▁<SUF>", "▁<MID>"),
    ("<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>"),
)
_TURNS = ("<|im_start|>", "<|im_end|>")
# Where models of any family end a text, as far as a vocabulary has them.
_STOPS = (
    "<|endoftext|>",
    "<|im_end|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "</s>",
    "<eos>",
    "<|file_sep|>",
    "<file_sep>",
    "▁<EOT>",
)


class ForeignPrompts:
    """Builds prompts for one model, as `codegen.prompt.builder.PromptBuilder` does for ours."""

    def __init__(self, tokenizer: Tokenizer, bos_id: int | None, eos_ids: Sequence[int]) -> None:
        """Takes the ids that the model's config names besides those of the vocabulary."""
        known = [tokenizer.special_id(marker) for marker in _STOPS]
        self._tokenizer = tokenizer
        self._bos = [] if bos_id is None else [bos_id]
        self._fim = next((ids for ids in map(self._ids, FIM_MARKERS) if ids is not None), None)
        self._turns = self._ids(_TURNS)
        markers = [i for i in known if i is not None]
        self._stop_ids = frozenset([*eos_ids, *markers, *(self._fim or [])])

    @property
    def fills_holes(self) -> bool:
        """Whether the model is told what stands behind the cursor."""
        return self._fim is not None

    def build(self, prompt: Prompt, budget: Budget, room: int) -> BuiltPrompt:
        """Tokens for `prompt`, at most `room` of them.

        Raises:
            PromptError: the prompt cannot fit.
        """
        if isinstance(prompt, Infill):
            return self._infill(prompt, budget, room)
        if isinstance(prompt, Chat):
            ids = self._chat(prompt.messages)
        else:
            ids = [*self._bos, *self._tokenizer.encode(prompt.text)]
        if len(ids) > room:
            raise PromptError(
                f"the prompt has {len(ids)} tokens and the model's context has room for "
                f"{max(0, room)}; shorten it"
            )
        return BuiltPrompt(tuple(ids), self._stop_ids, len(ids), 0, n_steady=len(ids))

    def _infill(self, prompt: Infill, budget: Budget, room: int) -> BuiltPrompt:
        room_for_text = room - len(self._bos) - 3
        if room_for_text < 1:
            raise PromptError(
                f"the model's context has room for {max(0, room)} tokens of prompt; ask for fewer "
                "new tokens"
            )
        prefix_limit, suffix_limit = share_room(budget, room_for_text)
        prefix = fit_prefix(self._tokenizer, prompt.prefix, prefix_limit)
        if self._fim is None:
            ids = [*self._bos, *prefix]
            return BuiltPrompt(tuple(ids), self._stop_ids, len(prefix), 0, n_steady=len(ids))
        suffix = fit_suffix(self._tokenizer, prompt.suffix, suffix_limit)
        before, between, behind = self._fim
        ids = [*self._bos, before, *prefix, between, *suffix, behind]
        n_steady = len(self._bos) + 1 + len(prefix)
        return BuiltPrompt(tuple(ids), self._stop_ids, len(prefix), len(suffix), n_steady=n_steady)

    def _chat(self, messages: Sequence[Message]) -> list[int]:
        """Turns by their markers where the vocabulary has any, else by headings."""
        ids = list(self._bos)
        for message in (*messages, None):
            role = "assistant" if message is None else message.role
            if self._turns is None:
                heading = "### Response:\n" if role == "assistant" else "### Instruction:\n"
                ids += self._tokenizer.encode(heading + ("" if message is None else message.text))
                ids += [] if message is None else self._tokenizer.encode("\n")
            else:
                start, end = self._turns
                text = f"{role}\n" + ("" if message is None else message.text)
                ids += [start, *self._tokenizer.encode(text)]
                ids += [] if message is None else [end, *self._tokenizer.encode("\n")]
        return ids

    def _ids(self, markers: Sequence[str]) -> list[int] | None:
        ids = [self._tokenizer.special_id(marker) for marker in markers]
        found = [i for i in ids if i is not None]
        return found if len(found) == len(ids) else None
