"""Where a completion goes: the text as the client has it, and what will be replaced."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types

from analyzers.finding import Span
from lsp_server.completion.query import CompletionQuery
from lsp_server.documents import Document
from lsp_server.positions import replace_surrogates


@dataclass(frozen=True, slots=True)
class Place:
    """What the engine is asked and what the editor will replace.

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
