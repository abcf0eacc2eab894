"""Transformers behind our engine seam: slow, independent of our loader and decoder, an oracle.

Prompt, stop rule and tokenizer are ours, so that what differs is the arithmetic alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from codegen.detokenizer import StreamingDetokenizer
from codegen.engine import CancelToken, EngineInfo, Event, Finished, Request, TextDelta
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.prompt.builder import PromptBuilder
from codegen.prompt.family import detect_family
from codegen.stop_matcher import StopMatcher
from codegen.store.model import StoredModel
from codegen.tokenizer import Tokenizer


class TransformersEngine:
    """Greedy generation by transformers' own reading of a GGUF; one request at a time."""

    def __init__(self, model: StoredModel, dtype: str) -> None:
        """Loads the model; dtype is "float32" or "bfloat16"."""
        import torch
        from transformers import AutoModelForCausalLM

        folder = ensure_converted(model)
        config = open_weights(folder).config
        self._tokenizer = Tokenizer.load(folder)
        family = detect_family(config.architecture, self._tokenizer)
        self._prompts = PromptBuilder(family, self._tokenizer, config.eos_id)
        self._context_tokens = config.max_positions
        self._model: Any = AutoModelForCausalLM.from_pretrained(
            str(model.path.parent),
            gguf_file=model.path.name,
            dtype=getattr(torch, dtype),
            local_files_only=True,
        ).eval()
        self._info = EngineInfo(model.name, family.name, dtype, "cpu", self._context_tokens)
        self.last_raw = ""

    @property
    def info(self) -> EngineInfo:
        """What answers."""
        return self._info

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        """Answers the requests one after the other; sampling and healing are left out."""
        for i, request in enumerate(requests):
            self.last_raw = ""
            matcher = StopMatcher(request.stop.texts)
            detokenizer = StreamingDetokenizer(self._tokenizer)
            room = self._context_tokens - request.stop.max_new_tokens
            prompt = self._prompts.build(request.prompt, request.budget, room)
            for token_id in self._greedy(prompt.token_ids, request.stop.max_new_tokens):
                if token_id in prompt.stop_ids or cancel.is_cancelled:
                    break
                text = matcher.push(detokenizer.push(token_id))
                self.last_raw += text
                yield TextDelta(i, text)
                if matcher.matched is not None:
                    break
            yield Finished(
                i,
                "stop_text" if matcher.matched is not None else "stop_token",
                stop_text=matcher.matched,
            )

    def close(self) -> None:
        """Drops the model."""
        self._model = None

    def _greedy(self, prompt_ids: Sequence[int], n_tokens: int) -> Iterator[int]:
        import torch

        tokens, cache = torch.tensor([prompt_ids]), None
        for _ in range(n_tokens):
            with torch.inference_mode():
                out = self._model(tokens, past_key_values=cache, use_cache=True)
            token_id, cache = int(out.logits[0, -1].argmax()), out.past_key_values
            yield token_id
            tokens = torch.tensor([[token_id]])
