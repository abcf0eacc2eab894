"""What of findings a client can show, read once from its capabilities."""

from __future__ import annotations

from dataclasses import dataclass

from lsprotocol import types


@dataclass(frozen=True, slots=True)
class FindingsClient:
    """See the capabilities of the same names.

    pulls: whether it asks for diagnostics; who asks is not sent any.
    refreshes: whether it can be told to ask again.
    resolves_edits: whether it asks for the edit of a code action when that is chosen.
    """

    pulls: bool
    refreshes: bool
    related_information: bool
    data: bool
    document_changes: bool
    action_literals: bool
    resolves_edits: bool
    markdown: bool


def read_client(capabilities: types.ClientCapabilities) -> FindingsClient:
    """What is not said is not supported."""
    text = capabilities.text_document or types.TextDocumentClientCapabilities()
    workspace = capabilities.workspace or types.WorkspaceClientCapabilities()
    pull, push, action = text.diagnostic, text.publish_diagnostics, text.code_action
    edit, refresh = workspace.workspace_edit, workspace.diagnostics
    formats = (text.hover.content_format if text.hover else None) or ()
    # Neovim 0.11 says what a diagnostic may hold in the older of the two places only.
    shown = [one for one in (pull, push) if one is not None]
    return FindingsClient(
        pulls=pull is not None,
        refreshes=bool(refresh and refresh.refresh_support),
        related_information=any(one.related_information for one in shown),
        data=any(one.data_support for one in shown),
        document_changes=bool(edit and edit.document_changes),
        action_literals=bool(action and action.code_action_literal_support),
        resolves_edits=bool(
            action
            and action.data_support
            and action.resolve_support
            and "edit" in action.resolve_support.properties
        ),
        markdown=bool(formats) and formats[0] == types.MarkupKind.Markdown,
    )
