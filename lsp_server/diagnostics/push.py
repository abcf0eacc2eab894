"""Sends diagnostics to clients that do not ask for them, and tells the others when to ask again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lsprotocol import types

from codegen.errors import LeadsmanError
from lsp_server.diagnostics.conversion import (
    finding_diagnostic,
    unchecked_diagnostic,
    unread_diagnostic,
)
from lsp_server.diagnostics.places import Places
from lsp_server.diagnostics.scans import Scanned
from lsp_server.documents import Document

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

# Long enough that nobody is told of half a word, short enough to be there when they look up.
IDLE_S = 0.3


def diagnostics_of(
    ls: LeadsmanServer, document: Document, scanned: Scanned
) -> list[types.Diagnostic]:
    """What a client is shown of a document that is still as it was when it was scanned."""
    places = Places(document)
    found = [
        finding_diagnostic(finding, document.uri, places, ls.findings_client)
        for finding in scanned.findings
    ]
    if scanned.unread:
        found.append(unread_diagnostic(scanned.unread))
    return found + [unchecked_diagnostic(mark, places) for mark in scanned.unchecked]


class Push:
    """One pending push for each document; a newer one takes its place."""

    def __init__(self, ls: LeadsmanServer) -> None:
        self._ls = ls
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._shown: set[str] = set()

    def schedule(self, uri: str, idle_s: float = IDLE_S) -> None:
        """Scans and sends after a pause; asked again within it, the pause begins anew."""
        if self._ls.findings_client.pulls:
            return
        self._cancel(uri)
        task = asyncio.get_running_loop().create_task(self._send_after(uri, idle_s))
        self._tasks[unquote(uri)] = task

    def closed(self, uri: str) -> None:
        """Takes the diagnostics of a closed document away."""
        self._cancel(uri)
        if unquote(uri) in self._shown:
            self._send(uri, [], None)

    def everything_changed(self) -> None:
        """The settings are others, or text was read that was not before."""
        if not self._ls.findings_client.pulls:
            for document in self._ls.documents.opened():
                self.schedule(document.uri, 0.0)
        elif self._ls.findings_client.refreshes:
            task = asyncio.get_running_loop().create_task(self._ask_to_ask())
            self._ls.keep(task)

    async def _send_after(self, uri: str, idle_s: float) -> None:
        await asyncio.sleep(idle_s)
        scanned = await self._ls.scans.current(uri)
        document = self._ls.documents.find(uri)
        if scanned is None or document is None:
            return
        diagnostics = diagnostics_of(self._ls, document, scanned)
        if diagnostics or unquote(uri) in self._shown:
            self._send(document.uri, diagnostics, document.version)

    def _send(self, uri: str, diagnostics: list[types.Diagnostic], version: int | None) -> None:
        (self._shown.add if diagnostics else self._shown.discard)(unquote(uri))
        self._ls.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, diagnostics, version)
        )

    async def _ask_to_ask(self) -> None:
        try:
            await asyncio.wait_for(self._ls.workspace_diagnostic_refresh_async(None), 2.0)
        except (TimeoutError, LeadsmanError):
            return  # It will ask with the next edit.

    def _cancel(self, uri: str) -> None:
        task = self._tasks.pop(unquote(uri), None)
        if task is not None:
            task.cancel()
