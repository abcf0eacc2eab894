"""`textDocument/hover`: over a finding, the page of its rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from lsp_server.diagnostics.places import Places

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer


def register(server: LeadsmanServer) -> None:
    """Announces the capability."""
    server.feature(types.TEXT_DOCUMENT_HOVER, types.HoverOptions())(hover)


async def hover(ls: LeadsmanServer, params: types.HoverParams) -> types.Hover | None:
    """Nothing where there is no finding: what names mean is for other servers to say."""
    scanned = await ls.scans.current(params.text_document.uri)
    document = ls.documents.find(params.text_document.uri)
    if scanned is None or document is None:
        return None
    at = document.offset_at_position(params.position)
    here = [f for f in scanned.findings if f.span.start <= at < max(f.span.end, f.span.start + 1)]
    if not here:
        return None
    # Imported here, because `initialize` does not wait for it.
    from lsp_server.diagnostics.page import describe_findings, to_plain

    places = Places(document)
    text = describe_findings(here, places)
    is_markdown = ls.findings_client.markdown
    kind = types.MarkupKind.Markdown if is_markdown else types.MarkupKind.PlainText
    value = text if is_markdown else to_plain(text)
    narrowest = min(here, key=lambda finding: finding.span.end - finding.span.start)
    return types.Hover(types.MarkupContent(kind, value), places.range(narrowest.span))
