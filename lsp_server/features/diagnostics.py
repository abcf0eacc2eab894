"""`textDocument/diagnostic`: the findings in a document, for clients that ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lsp_server.diagnostics.push import diagnostics_of

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer


def register(server: LeadsmanServer) -> None:
    """Announces the capability; findings in one file never depend on another open one."""
    options = types.DiagnosticOptions(
        inter_file_dependencies=False, workspace_diagnostics=False, identifier="leadsman"
    )
    server.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, options)(diagnostic)


async def diagnostic(
    ls: LeadsmanServer, params: types.DocumentDiagnosticParams
) -> types.DocumentDiagnosticReport:
    """Waits for the scan of the document as it is."""
    uri = params.text_document.uri
    scanned = await ls.scans.current(uri)
    document = ls.documents.find(uri)
    if scanned is None or document is None:
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    if params.previous_result_id == scanned.state:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=scanned.state)
    return types.RelatedFullDocumentDiagnosticReport(
        items=diagnostics_of(ls, document, scanned), result_id=scanned.state
    )
