"""One inline completion, from a document and a cursor to the text to insert."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from codegen.engine import CancelToken, Engine, Finished, Timings, TokenCounts
from lsp_server.completion.context import Context, read_context
from lsp_server.completion.drafting import Draft, build_request, draft
from lsp_server.completion.polish import polish
from lsp_server.completion.query import (
    CompletionOptions,
    CompletionQuery,
    CompletionResult,
    EmptyReason,
)
from lsp_server.completion.shape import choose_shape

_WORD = re.compile(r"\w")


def complete(
    query: CompletionQuery,
    options: CompletionOptions,
    engine: Engine,
    cancel: CancelToken,
    is_late: Callable[[], bool] = lambda: False,
) -> CompletionResult:
    """Completes at the query's cursor; blocks until the text is made or withdrawn.

    Once `is_late`, whole lines that are there will do; without any it goes on to the first one.
    Never raises for the engine's faults: an empty text always has a reason.
    """
    started = time.perf_counter()
    if cancel.is_cancelled:
        return _without_engine("cancelled", "", started)
    context = read_context(query)
    if query.trigger == "automatic" and _is_inside_word(context):
        detail = "the cursor is inside a word; ask for a completion explicitly to get one here"
        return _without_engine("unsupported_place", detail, started)
    if _WORD.search(context.before) is None and _WORD.search(context.after) is None:
        # Given nothing, a model invents a file, and of another language than this one.
        detail = "the document is empty; write a line or a comment that says what it is to be"
        return _without_engine("no_context", detail, started)
    shape = choose_shape(context, options)
    request = build_request(query, options, context, shape)
    read_s = time.perf_counter() - started
    made = draft(engine, request, context, shape, cancel, is_late)
    filtering = time.perf_counter()
    reason, detail = _failure(made, cancel)
    text = ""
    if reason is None:
        is_truncated = made.is_cut or made.finished.reason in ("length", "context_full")
        polished = polish(made.text, context, shape, is_truncated)
        text, reason = polished.text, polished.reason
        if reason is not None and made.finished.reason == "context_full" and not made.text:
            reason = "context_full"
        detail = f"{shape.why}; {detail}" if detail else shape.why
        if made.is_cut:
            detail += "; cut to whole lines by completion.time_budget_ms"
    filter_s = read_s + time.perf_counter() - filtering
    timings = _timings(made.finished, filter_s, started)
    tokens = _tokens(made.finished)
    return CompletionResult(text, reason, detail, timings, tokens, source="model")


def _without_engine(reason: EmptyReason, detail: str, started: float) -> CompletionResult:
    filter_s = time.perf_counter() - started
    return CompletionResult("", reason, detail, _timings(None, filter_s, started), _tokens(None))


def _failure(made: Draft, cancel: CancelToken) -> tuple[EmptyReason | None, str]:
    """The reason where the engine gave no text to work on, and what it said."""
    finished = made.finished
    if cancel.is_cancelled or (finished.reason == "cancelled" and not made.is_early):
        return "cancelled", finished.detail
    # Once we had all that we wanted, how the engine took the stop does not matter.
    if finished.reason == "failed" and not made.is_early:
        return "failed", finished.detail or "the engine failed and did not say how"
    return None, finished.detail


def _is_inside_word(context: Context) -> bool:
    left, right = context.left[-1:], context.right[:1]
    return (left.isalnum() or left == "_") and (right.isalnum() or right == "_")


def _timings(finished: Finished | None, filter_s: float, started: float) -> dict[str, float]:
    engine = finished.timings if finished else Timings()
    return {
        "queue": engine.queue_ms,
        "prompt": engine.prompt_ms,
        "prefill": engine.prefill_ms,
        "decode": engine.decode_ms,
        "filter": filter_s * 1000.0,
        "total": (time.perf_counter() - started) * 1000.0,
    }


def _tokens(finished: Finished | None) -> dict[str, int]:
    engine = finished.tokens if finished else TokenCounts()
    return {
        "prompt": engine.prompt,
        "reused": engine.reused,
        "completion": engine.completion,
        "drafted": engine.drafted,
        "accepted": engine.accepted,
    }
