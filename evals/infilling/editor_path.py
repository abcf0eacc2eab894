"""The editor's way from a hole to the inserted text, with the generation done in batches.

`lsp_server.completion.complete` is run twice, unchanged. The first time an engine that answers
nothing notes the request that the product makes of the document; then all requests are generated
in batches; the second time an engine that plays the generated text back lets the product's own
filters make of it what the editor would insert. A filter comes to the same end whenever it looks
at the stream, so that a text played back gives what a live one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from codegen.engine import CancelToken, EngineInfo, Event, Finished, Request, TextDelta, TokenCounts
from evals.errors import GenerationFailed
from evals.generation.sample import Sample
from lsp_server.completion.complete import complete
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult


class Hole(Protocol):
    """A cursor in a document, between `prefix` and `suffix`."""

    @property
    def task_id(self) -> str:
        """For messages."""
        ...

    @property
    def prefix(self) -> str:
        """What stands before the cursor."""
        ...

    @property
    def suffix(self) -> str:
        """What stands behind it."""
        ...

    @property
    def language_id(self) -> str:
        """The document's language, as the protocol names it."""
        ...


def request_of(task: Hole, options: CompletionOptions) -> Request:
    """What the editor would ask the engine for this hole.

    Raises:
        GenerationFailed: the product refuses to complete here.
    """
    engine = _Listener()
    result = complete(_query(task), options, engine, CancelToken())
    if engine.request is None:
        raise GenerationFailed(f"{task.task_id}: nothing was asked of the engine ({result.reason})")
    # What was read for one hole must not shape the answer to another.
    return replace(engine.request, kept_bytes=0)


def inserted_text(task: Hole, options: CompletionOptions, sample: Sample) -> CompletionResult:
    """What the editor would insert for the generated text, or nothing with the reason."""
    return complete(_query(task), options, _Player(sample), CancelToken())


def _query(task: Hole) -> CompletionQuery:
    return CompletionQuery(
        task.prefix + task.suffix, len(task.prefix), language_id=task.language_id, trigger="invoked"
    )


class _Quiet:
    info = EngineInfo(model="recorded", family="", weights="", device="", context_tokens=0)

    def close(self) -> None:
        """Nothing to release."""


class _Listener(_Quiet):
    """Notes the request and answers nothing."""

    def __init__(self) -> None:
        self.request: Request | None = None

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        (self.request,) = requests
        yield Finished(0, "stop_token")


class _Player(_Quiet):
    """Answers with a text that was generated before."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        for line in self._sample.response.splitlines(keepends=True):
            if cancel.is_cancelled:
                break
            yield TextDelta(0, line)
        reason = "cancelled" if cancel.is_cancelled else self._sample.finish
        counts = TokenCounts(prompt=self._sample.prompt_tokens, completion=self._sample.tokens)
        yield Finished(0, reason, tokens=counts)  # type: ignore[arg-type]  # Written by us.
