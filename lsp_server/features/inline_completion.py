"""`textDocument/inlineCompletion`: at most one item, or an empty list with a reason."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from analyzers.finding import Span
from analyzers.policy import Policy
from analyzers.project import Project
from codegen.engine import CancelToken, Engine
from lsp_server.analysis.analyst import Analyst
from lsp_server.completion.query import (
    CompletionOptions,
    CompletionQuery,
    CompletionResult,
)
from lsp_server.completion_events import COMPLETION_EVENT_METHOD, event_document
from lsp_server.diagnostics.scans import language_of
from lsp_server.documents import Document
from lsp_server.generated import Offer
from lsp_server.positions import replace_surrogates

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

METHOD = types.TEXT_DOCUMENT_INLINE_COMPLETION


def register(server: LeadsmanServer) -> None:
    """Announces the capability, which pygls does only when options are given."""
    server.feature(METHOD, types.InlineCompletionOptions())(inline_completion)
    server.protocol.repairs[METHOD] = repair_params


def repair_params(params: dict[str, Any]) -> dict[str, Any]:
    """Mends what real clients send: no context, trigger kind 0, ranges as arrays."""
    context = params.get("context")
    if context is None:
        context = {}
    if not isinstance(context, dict):
        return params
    kind = context.get("triggerKind")
    if kind is None:
        context = {**context, "triggerKind": int(types.InlineCompletionTriggerKind.Automatic)}
    elif kind == 0 and kind is not False:
        # Clients of the proposal counted from 0, where that meant "invoked".
        context = {**context, "triggerKind": int(types.InlineCompletionTriggerKind.Invoked)}
    selected = context.get("selectedCompletionInfo")
    if isinstance(selected, dict) and isinstance(selected.get("range"), list):
        ends = dict(zip(("start", "end"), selected["range"], strict=False))
        context = {**context, "selectedCompletionInfo": {**selected, "range": ends}}
    return {**params, "context": context}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a completion goes: what the engine is asked and what the editor will replace.

    document: the text that the editor has, in which `span` is replaced.
    """

    query: CompletionQuery
    replaced: types.Range
    typed: str
    document: str
    span: Span


def place_of(document: Document, params: types.InlineCompletionParams) -> Place:
    """Takes the text as it is now; with a selected suggestion, as if that were accepted."""
    selected = params.context.selected_completion_info
    if selected is None:
        start = end = document.offset_at_position(params.position)
        typed = ""
    else:
        start, end = sorted(
            (
                document.offset_at_position(selected.range.start),
                document.offset_at_position(selected.range.end),
            )
        )
        typed = selected.text
    text = document.source
    is_invoked = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
    query = CompletionQuery(
        text=replace_surrogates(text[:start] + typed + text[end:]),
        offset=start + len(typed),
        language_id=document.language_id or "plaintext",
        path=document.path or None,
        trigger="invoked" if is_invoked else "automatic",
    )
    replaced = types.Range(document.position_at(start), document.position_at(end))
    return Place(query, replaced, typed, replace_surrogates(text), Span(start, end))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads a completion before it is sent, and by which rules."""

    analyst: Analyst
    language: str
    policy: Policy
    project: Project


async def inline_completion(
    ls: LeadsmanServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """Answers with a list of one item or none; cancelling the task stops the engine."""
    uri = params.text_document.uri
    document = ls.documents.find(uri)
    if document is None:
        return _answer(ls, uri, CompletionResult("", "failed", "the document is not open"))
    options = ls.options
    if not options.enable or document.language_id in options.disabled_languages:
        detail = f"for {document.language_id} by the settings"
        return _answer(ls, uri, CompletionResult("", "disabled", detail))
    place, revision = place_of(document, params), document.revision
    is_invoked = place.query.trigger == "invoked"
    if is_invoked and ls.host.state == "no_model":
        ls.load_model()  # It may have been pulled since.
    elif not is_invoked and (refusal := ls.host.unavailable()) is not None:
        return _answer(ls, uri, CompletionResult("", *refusal))
    reader = _Reader(
        ls.analyst,
        language_of(document),
        options.security.policy(),
        ls.scans.project(document),
    )
    try:
        result = await ls.host.submit(
            document.uri, partial(_complete, place, options.completion, reader)
        )
    except asyncio.CancelledError:
        _answer(ls, uri, CompletionResult("", "cancelled", "by the client"))
        raise
    ls.log_check(result, uri)
    if ls.documents.find(uri) is not document:
        result = replace(result, text="", reason=result.reason or "stale")
    elif document.revision != revision:
        result = replace(result, text="", reason="stale")
    elif not result.text:
        result = replace(result, reason=result.reason or "model_stopped")
    else:
        ls.scans.offered(document, _offer(place, result))
    return _answer(ls, uri, result, place)


def _complete(
    place: Place,
    options: CompletionOptions,
    reader: _Reader,
    engine: Engine,
    cancel: CancelToken,
) -> CompletionResult:
    # Imported on the engine's thread, because `initialize` does not wait for it.
    from lsp_server.completion.checking import Placement, checked
    from lsp_server.completion.complete import complete

    reader.analyst.prepare(place.document, place.span, reader.language)
    result = complete(place.query, options, engine, cancel)
    if cancel.is_cancelled:
        return replace(result, text="", reason=result.reason or "cancelled")
    return checked(
        result,
        Placement(place.document, place.span, place.typed),
        lambda document, insertion: reader.analyst.check(
            document, insertion, reader.language, reader.policy, reader.project
        ),
    )


def _offer(place: Place, result: CompletionResult) -> Offer:
    report = result.check
    return Offer(
        start=place.span.start,
        text=place.typed + result.text,
        is_marked=report is not None and report.verdict == "annotate",
        unchecked=None if report is None or report.is_checked else report.why or "not checked",
        is_partly_checked=report is not None and report.level == "text only",
    )


def _answer(
    ls: LeadsmanServer, uri: str, result: CompletionResult, place: Place | None = None
) -> types.InlineCompletionList:
    """Tells the status, the log and who else listens of a result, and makes the answer of it."""
    items: list[types.InlineCompletionItem] = []
    if result.reason is not None:
        ls.log_empty(result.reason, result.detail, uri)
    elif place is not None:
        ls.status.answered(result.timings_ms)
        items = [types.InlineCompletionItem(place.typed + result.text, range=place.replaced)]
    if ls.options.completion_events:
        event = event_document(ls.protocol.msg_id, uri, result)
        ls.protocol.notify(COMPLETION_EVENT_METHOD, event)
    return types.InlineCompletionList(items)
