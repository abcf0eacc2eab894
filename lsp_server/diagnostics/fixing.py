"""Fixes of findings as edits of a document: one, or all that do not stand in each other's way."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types

from analyzers.finding import Edit, Finding
from lsp_server.diagnostics.client import FindingsClient
from lsp_server.diagnostics.places import Places
from lsp_server.documents import Document


def combined(findings: Iterable[Finding]) -> tuple[Edit, ...]:
    """The edits of as many fixes as go together, earlier findings first.

    Two fixes may want the same import; it is added once.
    """
    taken: list[Edit] = []
    for finding in findings:
        if finding.fix is None:
            continue
        new = [edit for edit in finding.fix.edits if edit not in taken]
        if not any(edit.span.overlaps(other.span) for edit in new for other in taken):
            taken += new
    return tuple(sorted(taken, key=lambda edit: edit.span))


def workspace_edit(
    document: Document, edits: Iterable[Edit], places: Places, client: FindingsClient
) -> types.WorkspaceEdit:
    """Edits of the document's present version, where the client can be told of a version."""
    changes = [types.TextEdit(places.range(edit.span), edit.text) for edit in edits]
    if not client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, changes)])
