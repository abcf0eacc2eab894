"""The findings in the open documents: each state of a text is scanned once, the newest first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pygls.uris import to_fs_path

from analyzers.finding import Finding
from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.report import Report
from lsp_server.analysis.analyzers import Mending
from lsp_server.diagnostics.conversion import is_at_least
from lsp_server.documents import Document
from lsp_server.generated import GeneratedText, Mark, Offer
from lsp_server.positions import replace_surrogates

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

logger = logging.getLogger(__name__)

# Longer texts are data more often than code, and would keep a core busy at every pause.
MAX_CHARS = 1_000_000


def language_of(document: Document) -> str:
    """The language as the analyzers call it, by its identifier in the protocol."""
    return document.language_id or "plaintext"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What there is to show in one state of a document.

    state: differs for each state of text, settings and generated marks; a result's id.
    unread: why the text as a whole could not be read, where it could not.
    """

    text: str
    revision: int
    state: str
    findings: tuple[Finding, ...]
    unchecked: tuple[Mark, ...]
    unread: str = ""


@dataclass(slots=True)
class _Entry:
    document: Document
    generated: GeneratedText = field(default_factory=GeneratedText)
    n_marked: int = 0
    report: Report | None = None
    report_key: tuple[int, Policy] | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Scans:
    """Everything here happens on the event loop's thread; the reading itself does not."""

    def __init__(self, ls: LeadsmanServer) -> None:
        self._ls = ls
        self._entries: dict[str, _Entry] = {}
        # One text at a time: completions are checked beside it, and there are few cores.
        self._turn = asyncio.Lock()

    def project(self, document: Document) -> Project:
        """What the analyzers are told of where a document belongs."""
        workspace = self._ls.workspace
        if not document.uri.startswith("file:") or not document.path:
            return Project(None, Path(workspace.root_path) if workspace.root_path else None)
        path = Path(document.path)
        folders = [to_fs_path(uri) for uri in workspace.folders] + [workspace.root_path]
        around = [root for folder in folders if folder and (root := Path(folder)) in path.parents]
        # Of folders within one another the innermost is the project.
        return Project(path, max(around, key=lambda root: len(root.parts), default=None))

    def opened(self, document: Document) -> None:
        """Forgets what was known of an older document of that name."""
        self._entries[unquote(document.uri)] = _Entry(document)

    def closed(self, uri: str) -> None:
        """Forgets a document."""
        self._entries.pop(unquote(uri), None)

    def edited(self, document: Document) -> None:
        """Follows what the client just did to the text."""
        entry = self._entry(document)
        edits = document.take_edits()
        before = entry.generated.marks
        entry.generated.edited(edits, document.source)
        entry.n_marked += entry.generated.marks != before

    def offered(self, document: Document, offer: Offer) -> None:
        """Notes what was sent for the text as it is now."""
        self._entry(document).generated.offer(offer)

    def mark_as_read(self, document: Document) -> None:
        """A person says that they have read what could not be checked."""
        entry = self._entry(document)
        entry.n_marked += entry.generated.was_read()

    async def current(self, uri: str) -> Scanned | None:
        """What there is to show in the document as it is; None when it is not open any more."""
        while (document := self._ls.documents.find(uri)) is not None:
            entry = self._entry(document)
            options = self._ls.options.security
            marks = entry.generated.marks
            is_wanted = options.enable_diagnostics or any(
                mark.is_marked or mark.unchecked for mark in marks
            )
            if not is_wanted:
                return self._scanned(entry, ())
            if len(document.source) > MAX_CHARS:
                return self._scanned(entry, (), f"more than {MAX_CHARS} characters")
            if entry.report_key == (document.revision, options.policy()):
                report = entry.report
                assert report is not None
                unread = report.why if report.level == "not checkable" else ""
                return self._scanned(entry, report.findings, unread)
            await self._scan(entry)
        return None

    async def mended(
        self, document: Document, scanned: Scanned, chosen: Sequence[Finding]
    ) -> str | None:
        """The text of that state with the fixes of the chosen findings that hold."""
        # With those that are not shown too.
        report = self._entry(document).report
        if report is None:
            return None
        async with self._turn:
            return await self._ls.analyst.mend(
                Mending(
                    scanned.text,
                    language_of(document),
                    report,
                    chosen,
                    self._ls.options.security.policy(),
                    self.project(document),
                )
            )

    async def _scan(self, entry: _Entry) -> None:
        """Scans the document as it is once its turn comes, unless another did that meanwhile."""
        async with entry.lock, self._turn:
            document, policy = entry.document, self._ls.options.security.policy()
            key = (document.revision, policy)
            if entry.report_key == key:
                return
            text = replace_surrogates(document.source)
            report = await self._ls.analyst.scan(
                text, language_of(document), policy, self.project(document)
            )
            entry.report, entry.report_key = report, key
            if report.problems:
                self._ls.log_unchecked("; ".join(report.problems), document.uri)
            if report.is_checked and document.revision == key[0]:
                entry.n_marked += entry.generated.was_read()

    def _scanned(self, entry: _Entry, findings: tuple[Finding, ...], unread: str = "") -> Scanned:
        from analyzers.suppression import without_ignored

        options, document = self._ls.options.security, entry.document
        text, marks = replace_surrogates(document.source), entry.generated.marks
        heeded = without_ignored(findings, text, [mark.span for mark in marks])
        shown = tuple(
            finding
            for finding in heeded
            if any(mark.is_marked and mark.span.overlaps(finding.span) for mark in marks)
            or (options.enable_diagnostics and is_at_least(finding.severity, options.min_severity))
        )
        return Scanned(
            text=text,
            revision=document.revision,
            state=f"{document.revision}.{entry.n_marked}.{self._ls.n_settings}",
            findings=shown,
            unchecked=tuple(mark for mark in marks if mark.unchecked is not None),
            unread=unread if options.enable_diagnostics else "",
        )

    def _entry(self, document: Document) -> _Entry:
        entry = self._entries.get(unquote(document.uri))
        if entry is None or entry.document is not document:
            entry = self._entries[unquote(document.uri)] = _Entry(document)
        return entry
