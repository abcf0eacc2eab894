"""The server under a client that shares no code with our own test client."""

from __future__ import annotations

import asyncio
import sys

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from tests.lsp_server.raw_client import SERVER, environment

URI = "file:///real.py"


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    config=ClientServerConfig(
        server_command=[sys.executable, "-P", str(SERVER)], server_env=environment()
    )
)
async def lsp(lsp: LanguageClient):  # type: ignore[no-untyped-def]
    """A session of pytest-lsp's own client."""
    await lsp.initialize_session(
        types.InitializeParams(capabilities=pytest_lsp.client_capabilities("neovim"))
    )
    yield
    await lsp.shutdown_session()


def opened(client: LanguageClient, text: str) -> types.InlineCompletionParams:
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, "python", 0, text))
    )
    return types.InlineCompletionParams(
        types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked),
        types.TextDocumentIdentifier(URI),
        types.Position(9, 99),
    )


async def test_it_gets_a_completion(lsp: LanguageClient) -> None:
    params = opened(lsp, "def add(left, right):\n    return ")
    answer = await lsp.text_document_inline_completion_async(params)
    assert isinstance(answer, types.InlineCompletionList)
    (item,) = answer.items
    assert item.insert_text == "left + right"


async def test_it_types_through_what_it_was_shown(lsp: LanguageClient) -> None:
    params = opened(lsp, "def add(left, right):\n    return ")
    await lsp.text_document_inline_completion_async(params)
    place = types.Position(1, 11)
    change = types.TextDocumentContentChangePartial(types.Range(place, place), "left ")
    identifier = types.VersionedTextDocumentIdentifier(1, URI)
    lsp.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
    answer = await lsp.text_document_inline_completion_async(params)
    assert isinstance(answer, types.InlineCompletionList)
    (item,) = answer.items
    assert (item.insert_text, item.range) == (
        "+ right",
        types.Range(types.Position(1, 16), types.Position(1, 16)),
    )


async def test_it_gets_a_refusal_when_it_cancels(lsp: LanguageClient) -> None:
    params = opened(lsp, "# script: wait\nresult = ")
    asked = lsp.protocol.send_request_async(
        types.TEXT_DOCUMENT_INLINE_COMPLETION, params, msg_id="asked"
    )
    task = asyncio.ensure_future(asked)
    await asyncio.sleep(0)
    lsp.cancel_request(types.CancelParams("asked"))
    with pytest.raises(Exception, match="is canceled"):
        await task


async def test_it_gets_diagnostics_and_the_actions_for_them(lsp: LanguageClient) -> None:
    opened(lsp, "def f(user):\n    assert user.is_admin\n")
    document = types.TextDocumentIdentifier(URI)
    report = await lsp.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    (diagnostic,) = report.items
    assert diagnostic.code == "assert-guard"
    actions = await lsp.text_document_code_action_async(
        types.CodeActionParams(
            document, diagnostic.range, types.CodeActionContext(diagnostics=[diagnostic])
        )
    )
    assert actions
    assert "Explain assert-guard" in {action.title for action in actions}
    place = types.HoverParams(document, diagnostic.range.start)
    shown = await lsp.text_document_hover_async(place)
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
