"""A mended text as edits of a document."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from itertools import accumulate

from lsprotocol import types

from analyzers.finding import Edit, Span
from lsp_server.diagnostics.client import FindingsClient
from lsp_server.diagnostics.places import Places
from lsp_server.documents import Document
from lsp_server.positions import split_lines


def edits_between(before: str, after: str) -> tuple[Edit, ...]:
    """Edits of whole lines that make the one text of the other, in order."""
    old, new = split_lines(before), split_lines(after)
    starts = list(accumulate(map(len, old), initial=0))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Edit(Span(starts[i], starts[j]), "".join(new[m:n]))
        for tag, i, j, m, n in matcher.get_opcodes()
        if tag != "equal"
    )


def workspace_edit(
    document: Document, edits: Iterable[Edit], places: Places, client: FindingsClient
) -> types.WorkspaceEdit:
    """Edits of the document's present version, where the client can be told of a version."""
    changes = [types.TextEdit(places.range(edit.span), edit.text) for edit in edits]
    if not client.document_changes:
        return types.WorkspaceEdit(changes={document.uri: changes})
    identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, changes)])
