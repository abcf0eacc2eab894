"""Token sequences as the product asks for them: holes in functions, and questions with answers.

What a matrix is fed behind a marker is not what it is fed where code goes straight on, and it is
behind the markers that completions are made. What is answered is what the library has there, or
what a model writes there itself.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen.engine import (
    Budget,
    CancelToken,
    Chat,
    Engine,
    Finished,
    Infill,
    Message,
    Prompt,
    Request,
    Stop,
    TextDelta,
)
from codegen.errors import LeadsmanError
from codegen.prompt.builder import PromptBuilder
from codegen.tokenizer import Tokenizer

_LINES = range(8, 41)
_LARGEST_HOLE = 160
_ANSWER_TOKENS = 320
_HOLE_TOKENS = 64
# As many as a GPU answers together.
_ASKED_AT_ONCE = 192
_QUESTION = (
    "Write the whole of this Python function, in one ```python code block and nothing else.\n\n"
    "```python\n{head}\n```\n"
)


@dataclass(frozen=True, slots=True)
class Function:
    """head: from `def` to the end of the docstring, without the line end; body: what follows."""

    head: str
    body: str


def functions_of(paths: Sequence[Path], rng: random.Random) -> list[Function]:
    """The functions of modules that have a docstring and a page's length at most, shuffled."""
    found: list[Function] = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        lines = text.split("\n")
        for node in ast.parse(text).body:  # Functions of classes say too little by themselves.
            if not isinstance(node, ast.FunctionDef) or ast.get_docstring(node) is None:
                continue
            head_end, end = node.body[0].end_lineno, node.end_lineno
            assert head_end is not None  # The parser knows where what it read ends.
            assert end is not None
            if end - node.lineno in _LINES and end > head_end:
                head = "\n".join(lines[node.lineno - 1 : head_end])
                found.append(Function(head, "\n".join(lines[head_end:end])))
    rng.shuffle(found)
    return found


class Asked:
    """Makes sequences of prompts and what answers them."""

    def __init__(self, prompts: PromptBuilder, tokenizer: Tokenizer, end_id: int | None) -> None:
        """`end_id` is what a model ends an answer with, if the vocabulary has it."""
        self._prompts = prompts
        self._tokenizer = tokenizer
        self._end_ids = [] if end_id is None else [end_id]

    def holes(self, functions: Sequence[Function], rng: random.Random) -> Iterator[list[int]]:
        """A hole in the body of each function, cut anywhere between two characters."""
        for function in functions:
            hole, answer = _hole(function, rng)
            yield self._answered(hole, answer)

    def answers(self, functions: Sequence[Function]) -> Iterator[list[int]]:
        """Each function asked for in a conversation, and answered."""
        for function in functions:
            answer = f"```python\n{function.head}\n{function.body}\n```"
            yield self._answered(_question(function), answer)

    def written(
        self, functions: Sequence[Function], rng: random.Random, engine: Engine
    ) -> Iterator[list[int]]:
        """A hole in each function and a question for it, both answered by the engine.

        Raises:
            LeadsmanError: the engine fails.
        """
        asked = [
            request
            for function in functions
            for request in (
                Request(_question(function), Stop(_ANSWER_TOKENS)),
                Request(_hole(function, rng)[0], Stop(_HOLE_TOKENS)),
            )
        ]
        for at in range(0, len(asked), _ASKED_AT_ONCE):
            batch = asked[at : at + _ASKED_AT_ONCE]
            for request, text in zip(batch, _texts(engine, batch), strict=True):
                yield self._answered(request.prompt, text)

    def _answered(self, prompt: Prompt, answer: str) -> list[int]:
        """Tokens of a prompt and of what follows the cursor."""
        built = self._prompts.build(prompt, Budget(), 1 << 20)
        # A model is made to spell the last word again, if the hole begins inside of it.
        text = built.healed + answer
        return [*built.token_ids, *self._tokenizer.encode(text), *self._end_ids]


def _hole(function: Function, rng: random.Random) -> tuple[Infill, str]:
    """A hole in a function's body, and what was there."""
    text = f"{function.head}\n{function.body}\n"
    start = rng.randrange(len(function.head) + 1, len(text) - 1)
    stop = min(len(text), start + rng.randrange(1, _LARGEST_HOLE))
    return Infill(text[:start], text[stop:]), text[start:stop]


def _question(function: Function) -> Chat:
    return Chat((Message("user", _QUESTION.format(head=function.head)),))


def _texts(engine: Engine, batch: Sequence[Request]) -> list[str]:
    texts = [""] * len(batch)
    for event in engine.generate(batch, CancelToken()):
        if isinstance(event, TextDelta):
            texts[event.request_idx] += event.text
        elif isinstance(event, Finished) and event.reason in ("failed", "cancelled"):
            raise LeadsmanError(f"the source wrote no texts to tune on: {event.detail}")
    return texts
