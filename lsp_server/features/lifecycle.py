"""From `initialize` to `didClose`: options, loading with progress, watching the parent."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lsprotocol import types

from lsp_server.completion.query import CompletionQuery
from lsp_server.features.configuration import pull_settings
from lsp_server.features.inline_completion import anticipate
from lsp_server.positions import replace_surrogates
from lsp_server.status import STATUS_METHOD

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer


def register(server: LeadsmanServer) -> None:
    """Registers what belongs to the session rather than to a document's text."""
    server.feature(types.INITIALIZE)(initialize)
    server.feature(types.INITIALIZED)(initialized)
    server.feature(types.SHUTDOWN)(shutdown)
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(did_open)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(did_change)
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(did_save)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(did_close)
    server.feature(STATUS_METHOD)(status)


def initialize(ls: LeadsmanServer, params: types.InitializeParams) -> None:
    """Reads the options; the answer itself is pygls's."""
    ls.set_base_options(params.initialization_options)


async def initialized(ls: LeadsmanServer, _: types.InitializedParams) -> None:
    """Begins to load, now that the answer to `initialize` is on its way."""
    ls.watch_parent()
    await pull_settings(ls)
    ls.load_model()
    ls.keep(asyncio.get_running_loop().create_task(ls.load_analyzers()))


def shutdown(ls: LeadsmanServer, _: Any) -> None:
    """Stops generating; the process ends with `exit`."""
    ls.host.close(timeout_s=0)


def did_open(ls: LeadsmanServer, params: types.DidOpenTextDocumentParams) -> None:
    """Has the document scanned; the workspace has already taken it."""
    document = ls.documents.find(params.text_document.uri)
    if document is not None:
        ls.scans.opened(document)
        ls.push.schedule(document.uri, 0.0)
        options = ls.options
        if options.enable and options.completion.ahead:
            text = replace_surrogates(document.source)
            query = CompletionQuery(text, len(text), path=document.path or None)
            ls.desk.opened(query, options.completion)


def did_change(ls: LeadsmanServer, params: types.DidChangeTextDocumentParams) -> None:
    """Withdraws what was asked for the text as it was, and begins what will be asked for next."""
    uri = params.text_document.uri
    document = ls.documents.find(uri)
    if document is not None:
        edits = document.new_edits
        ls.desk.edited(unquote(uri), replace_surrogates(document.source))
        ls.scans.edited(document)
        anticipate(ls, document, edits)
        ls.push.schedule(uri)


def did_save(ls: LeadsmanServer, params: types.DidSaveTextDocumentParams) -> None:
    """Does not wait for a pause any more."""
    ls.push.schedule(params.text_document.uri, 0.0)


def did_close(ls: LeadsmanServer, params: types.DidCloseTextDocumentParams) -> None:
    """Withdraws what was asked for the document, and what was shown in it."""
    ls.desk.closed(unquote(params.text_document.uri), "the document was closed")
    ls.push.closed(params.text_document.uri)
    ls.scans.closed(params.text_document.uri)


def status(ls: LeadsmanServer, _: Any) -> dict[str, Any]:
    """Answers the request `leadsman/status`: the notification's document, and what answers."""
    info, kept = ls.host.info, ls.host.kept
    return {
        **ls.status.document(),
        "kept": {
            "answers": len(ls.desk.answers),
            "served": dict(ls.desk.served),
            "prompts": kept
            and {"slots": kept.n_slots, "tokens": kept.n_tokens, "bytes": kept.n_bytes},
        },
        "engine": info
        and {
            "model": info.model,
            "family": info.family,
            "weights": info.weights,
            "device": info.device,
            "contextTokens": info.context_tokens,
        },
    }
