"""What is done while nobody waits: the next answer, and reading a file that was opened.

Whatever is asked for ends it at once. What it found out is noted like any other answer, and its
text is read by the analyzers only where it is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from codegen.engine import Budget, CancelToken, Engine, Infill, Request, Stop
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from lsp_server.engine_host import EngineHost
from lsp_server.serving.answers import Answer, Answers

# Fewer characters than this make a token, so that a longer text does not fit a prompt. Which part
# of it will be needed is not known before somebody types in it.
_CHARACTERS_PER_TOKEN = 3
_Note = Callable[[Answer], None]


@dataclass(slots=True)
class IdleWork:
    """For the event loop's thread; the work itself is done on the engine's."""

    host: EngineHost
    answers: Answers
    _target: tuple[str, str, int] | None = field(default=None)

    def complete_after(
        self, uri: str, query: CompletionQuery, text: str, options: CompletionOptions
    ) -> None:
        """Completes where the cursor will be once `text` was accepted, and on the line below."""
        target = _with_text(query, text)
        if self._target == (uri, target.text, target.offset):
            return
        self._target = (uri, target.text, target.offset)
        found: list[Answer] = []
        known = self.answers.find(uri, target, options) if text else None
        run = partial(_complete_on, target, options, known, found.append, is_below=not text)
        job = self.host.submit_idle(run)

        def done(_: asyncio.Future[CompletionResult]) -> None:
            self._target = None
            for answer in found:
                self.answers.add(uri, answer)

        job.add_done_callback(done)

    def read(self, query: CompletionQuery, options: CompletionOptions) -> None:
        """Has the text read that a prompt will begin with, if it is known where that begins."""
        if not query.text or len(query.text) > options.prefix_tokens * _CHARACTERS_PER_TOKEN:
            return
        request = Request(
            Infill(query.text.replace("\r\n", "\n"), "", query.path),
            Stop(max_new_tokens=0),
            budget=Budget(options.prefix_tokens, 0),
            kept_bytes=options.cache_mb << 20,
        )
        self.host.submit_idle(partial(_read, request))


def _complete_on(
    query: CompletionQuery,
    options: CompletionOptions,
    known: Answer | None,
    note: _Note,
    engine: Engine,
    cancel: CancelToken,
    *,
    is_below: bool,
) -> CompletionResult:
    # Imported on the engine's thread, because `initialize` does not wait for it.
    from lsp_server.completion.complete import complete

    result = CompletionResult("", None)
    if known is not None:
        result = CompletionResult(known.text, known.reason)
    elif not is_below:
        result = complete(query, options, engine, cancel)
        note(_answer(query, options, result))
    if not result.text and result.reason in (None, "model_stopped", "blank"):
        below = _line_below(query)
        if below is not None and not cancel.is_cancelled:
            result = complete(below, options, engine, cancel)
            note(_answer(below, options, result))
    return result


def _read(request: Request, engine: Engine, cancel: CancelToken) -> CompletionResult:
    for _ in engine.generate([request], cancel):
        pass
    return CompletionResult("", None)


def _answer(query: CompletionQuery, options: CompletionOptions, result: CompletionResult) -> Answer:
    before, after = query.text[: query.offset], query.text[query.offset :]
    detail = result.detail
    return Answer(before, after, result.text, result.reason, detail, options, source="ahead")


def _with_text(query: CompletionQuery, text: str) -> CompletionQuery:
    before, after = query.text[: query.offset], query.text[query.offset :]
    return replace(query, text=before + text + after, offset=query.offset + len(text))


def _line_below(query: CompletionQuery) -> CompletionQuery | None:
    """The cursor after Enter, as editors indent the new line; None inside a line."""
    from lsp_server.completion.context import read_context

    context = read_context(query)
    if context.place != "line_end":
        return None
    n_columns = context.outer_indent if context.block_indent is None else context.block_indent
    n_columns = n_columns or 0
    blanks = " " * n_columns if "\t" not in context.unit else "\t" * (n_columns // 4)
    return _with_text(query, context.eol + blanks)
