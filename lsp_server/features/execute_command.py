"""`workspace/executeCommand`: explains a rule; takes a person's word that text was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from codegen.errors import LeadsmanError

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

EXPLAIN = "leadsman.explain"
MARK_AS_READ = "leadsman.markAsRead"


def register(server: LeadsmanServer) -> None:
    """Announces the commands."""

    # pygls looks up the annotations of a command, and ours name a type that is not imported here.
    async def run_explain(rule: str) -> dict[str, Any]:
        return await explain(server, rule)

    async def run_mark_as_read(uri: str) -> None:
        await mark_as_read(server, uri)

    server.command(EXPLAIN)(run_explain)
    server.command(MARK_AS_READ)(run_mark_as_read)


async def explain(ls: LeadsmanServer, rule: str) -> dict[str, Any]:
    """Shows the page of a rule; returns it too, for clients with a better place to show it."""
    # Imported here, because `initialize` does not wait for it.
    from lsp_server.diagnostics.page import page_of, to_plain

    page = page_of(rule)
    if page is None:
        raise LeadsmanError(f"there is no rule called {rule[:60]!r}")
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, to_plain(page)))
    return {"rule": rule, "page": page}


async def mark_as_read(ls: LeadsmanServer, uri: str) -> None:
    """Takes the marks of unread text away from a document."""
    document = ls.documents.find(uri)
    if document is not None:
        ls.scans.mark_as_read(document)
        ls.push.everything_changed()
