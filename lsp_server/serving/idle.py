"""What is done while nobody waits: the next answer, and reading a file that was opened.

Whatever is asked for ends it at once. What it found out is noted like any other answer, and its
text is read by the analyzers only where it is used.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial

from codegen.engine import Budget, CancelToken, Engine, Infill, Request, Stop
from codegen.reuse.limit import most_kept_bytes
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from lsp_server.engine_host import EngineHost
from lsp_server.serving.answers import Answer, Answers

# Fewer characters than this make a token, so that a longer text does not fit a prompt. Which part
# of it will be needed is not known before somebody types in it.
_CHARACTERS_PER_TOKEN = 3


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
        place = _with_text(query, text)
        target = (uri, place.text, place.offset)
        if self._target == target:
            return
        self._target = target
        run = partial(self._complete, uri, place, options, is_below=not text)
        self.host.submit_idle(run).add_done_callback(partial(self._done, target))

    def _done(self, target: tuple[str, str, int], _: asyncio.Future[CompletionResult]) -> None:
        if self._target == target:
            self._target = None

    def read(self, query: CompletionQuery, options: CompletionOptions) -> None:
        """Has the text read that a prompt will begin with, if it is known where that begins."""
        if not query.text or not options.cache_mb:
            return
        if len(query.text) > options.prefix_tokens * _CHARACTERS_PER_TOKEN:
            return
        request = Request(
            Infill(query.text.replace("\r\n", "\n"), "", query.path),
            Stop(max_new_tokens=0),
            budget=Budget(options.prefix_tokens, 0),
            kept_bytes=most_kept_bytes(options.cache_mb),
        )
        self.host.submit_idle(partial(_read, request))

    def _complete(
        self,
        uri: str,
        query: CompletionQuery,
        options: CompletionOptions,
        engine: Engine,
        cancel: CancelToken,
        *,
        is_below: bool,
    ) -> CompletionResult:
        """On the engine's thread; what is known already is not computed again."""
        if not is_below:
            answer = self._known_or_new(uri, query, options, engine, cancel)
            is_below = not answer.text and answer.reason in ("model_stopped", "blank")
        below = _line_below(query) if is_below and not cancel.is_cancelled else None
        if below is not None:
            self._known_or_new(uri, below, options, engine, cancel)
        return CompletionResult("", None)

    def _known_or_new(
        self,
        uri: str,
        query: CompletionQuery,
        options: CompletionOptions,
        engine: Engine,
        cancel: CancelToken,
    ) -> Answer:
        # Imported on the engine's thread, because `initialize` does not wait for it.
        from lsp_server.completion.complete import complete

        known = self.answers.find(uri, query, options)
        if known is not None:
            return known
        result = complete(query, options, engine, cancel)
        before, after = query.text[: query.offset], query.text[query.offset :]
        text, reason, detail = result.text, result.reason, result.detail
        answer = Answer(before, after, text, reason, detail, options, source="ahead")
        self.answers.add(uri, answer)
        return answer


def _read(request: Request, engine: Engine, cancel: CancelToken) -> CompletionResult:
    for _ in engine.generate([request], cancel):
        pass
    return CompletionResult("", None)


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
