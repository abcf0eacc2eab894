"""`textDocument/inlineCompletion`: at most one item, or an empty list with a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lsprotocol import types

from analyzers.policy import Policy
from analyzers.project import Project
from lsp_server.analysis.analyst import Analyst
from lsp_server.completion.query import CompletionResult
from lsp_server.completion_events import COMPLETION_EVENT_METHOD, event_document
from lsp_server.diagnostics.scans import language_of
from lsp_server.documents import Document, TextEdit
from lsp_server.generated import Offer
from lsp_server.serving.place import Place, place_of

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

METHOD = types.TEXT_DOCUMENT_INLINE_COMPLETION

# An editor that asks after a pause misses some keystrokes of a fast typist.
_EDITS_BETWEEN_REQUESTS = 8
# More at once is pasted or formatted, not typed or accepted.
_LONGEST_TYPED = 2_000
# Editors put the second half there, and the cursor between the two.
_PAIRS = ("()", "[]", "{}", '""', "''", "``")


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
class _Reader:
    """Who reads a completion before it is sent, and by which rules."""

    analyst: Analyst
    language: str
    policy: Policy
    project: Project

    def prepare(self, place: Place) -> None:
        """See `lsp_server.serving.desk.Reader`."""
        self.analyst.prepare(place.document, place.span, self.language)

    def read(self, result: CompletionResult, place: Place) -> CompletionResult:
        """See `lsp_server.serving.desk.Reader`."""
        # Imported on the thread that checks, because `initialize` does not wait for it.
        from lsp_server.completion.checking import Placement, checked

        return checked(
            result,
            Placement(place.document, place.span, place.typed),
            lambda document, insertion: self.analyst.check(
                document, insertion, self.language, self.policy, self.project
            ),
        )


async def inline_completion(
    ls: LeadsmanServer, params: types.InlineCompletionParams
) -> types.InlineCompletionList:
    """Answers with a list of one item or none; cancelling the task withdraws the request."""
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
    document.n_edits_unasked = 0 if not is_invoked else document.n_edits_unasked
    try:
        result = await ls.desk.ask(unquote(uri), place, options.completion, _reader(ls, document))
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


def anticipate(ls: LeadsmanServer, document: Document, edits: Sequence[TextEdit]) -> None:
    """Begins at the keystroke what the editor will ask for once it has seen a pause.

    Only where the editor asks of its own accord: it did so after one of the last edits.
    """
    options = ls.options
    document.n_edits_unasked += 1
    if (
        len(edits) != 1
        or document.n_edits_unasked > _EDITS_BETWEEN_REQUESTS
        or not (options.enable and options.completion.ahead)
        or document.language_id in options.disabled_languages
        or ls.host.unavailable() is not None
        or len(edits[0].text) > _LONGEST_TYPED
    ):
        return
    (edit,) = edits
    n_typed = 1 if edit.text in _PAIRS else len(edit.text)
    position = document.position_at(edit.start + n_typed)
    context = types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic)
    identifier = types.TextDocumentIdentifier(document.uri)
    params = types.InlineCompletionParams(context, identifier, position)
    ls.desk.anticipate(
        unquote(document.uri), place_of(document, params), options.completion, _reader(ls, document)
    )


def _reader(ls: LeadsmanServer, document: Document) -> _Reader:
    return _Reader(
        ls.analyst,
        language_of(document),
        ls.options.security.policy(),
        ls.scans.project(document),
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
