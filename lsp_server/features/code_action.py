"""`textDocument/codeAction`: fixes of findings, all of them at once, ignoring one, its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types

from analyzers.finding import Edit, Finding, Span
from lsp_server.diagnostics.conversion import finding_diagnostic, unchecked_diagnostic
from lsp_server.diagnostics.fixing import combined, workspace_edit
from lsp_server.diagnostics.places import Places
from lsp_server.diagnostics.scans import Scanned, language_of
from lsp_server.documents import Document
from lsp_server.features.execute_command import EXPLAIN, MARK_AS_READ

if TYPE_CHECKING:
    from lsp_server.diagnostics.client import FindingsClient
    from lsp_server.server import LeadsmanServer

FIX_ALL = "source.fixAll.leadsman"
Action = types.CodeAction | types.Command


def register(server: LeadsmanServer) -> None:
    """Announces the kinds."""
    kinds = [types.CodeActionKind.QuickFix, FIX_ALL]
    options = types.CodeActionOptions(code_action_kinds=kinds)
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(code_action)


async def code_action(ls: LeadsmanServer, params: types.CodeActionParams) -> list[Action]:
    """What can be done about the findings in a range, as the document is now."""
    uri = params.text_document.uri
    scanned = await ls.scans.current(uri)
    document = ls.documents.find(uri)
    if scanned is None or document is None:
        return []
    start, end = sorted(map(document.offset_at_position, (params.range.start, params.range.end)))
    actions = _Actions(document, scanned, Places(document), ls.findings_client)
    offered: list[Action] = []
    if _is_wanted(types.CodeActionKind.QuickFix, params.context.only):
        offered += actions.quick_fixes(start, end)
    if _is_wanted(FIX_ALL, params.context.only):
        offered += actions.fix_all()
    return offered


def _is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether a kind, or a kind that it is one of, was asked for."""
    return only is None or any(
        kind == one or kind.startswith(f"{one}.") for one in map(_text, only)
    )


def _text(kind: str) -> str:
    return str(getattr(kind, "value", kind))


@dataclass(frozen=True, slots=True)
class _Actions:
    """Makes the actions of one state of a document."""

    document: Document
    scanned: Scanned
    places: Places
    client: FindingsClient

    def quick_fixes(self, start: int, end: int) -> list[Action]:
        """Fixes first, whatever the order of the findings; an empty range is a cursor."""
        here = [f for f in self.scanned.findings if _touches(f.span, start, end)]
        fixes: list[Action] = []
        if self.client.action_literals:
            for finding in here:
                fixes += self._fixes(finding)
            for finding in here:
                fixes += self._ignoring(finding)
        names = dict.fromkeys(finding.rule for finding in here)
        return [*fixes, *map(self._explain, names), *self._marking(start, end)]

    def fix_all(self) -> list[Action]:
        """One action with every fix that goes together with the others."""
        edits = combined(self.scanned.findings)
        if not edits or not self.client.action_literals:
            return []
        return [self._action("Fix all findings of Leadsman", FIX_ALL, edits)]

    def _fixes(self, finding: Finding) -> list[Action]:
        if finding.fix is None:
            return []
        quick = types.CodeActionKind.QuickFix
        fix = self._action(finding.fix.title, quick, finding.fix.edits, finding)
        fix.is_preferred = True
        same = [f for f in self.scanned.findings if f.rule == finding.rule and f.fix is not None]
        if len(same) < 2:
            return [fix]
        title = f"Fix all {len(same)} findings of {finding.rule} in this file"
        return [fix, self._action(title, quick, combined(same))]

    def _ignoring(self, finding: Finding) -> list[Action]:
        # Imported here, because `initialize` does not wait for it.
        from analyzers.suppression import ignore_edit

        edit = ignore_edit(self.scanned.text, finding, language_of(self.document))
        if edit is None:
            return []
        title = f"Ignore {finding.rule} here"
        return [self._action(title, types.CodeActionKind.QuickFix, (edit,), finding)]

    def _explain(self, rule: str) -> Action:
        return self._command(types.Command(f"Explain {rule}", EXPLAIN, arguments=[rule]))

    def _marking(self, start: int, end: int) -> list[Action]:
        marks = [m for m in self.scanned.unchecked if _touches(m.span, start, end)]
        if not marks:
            return []
        title = "I have read the unchecked text in this file"
        action = self._command(types.Command(title, MARK_AS_READ, arguments=[self.document.uri]))
        if isinstance(action, types.CodeAction):
            action.diagnostics = [unchecked_diagnostic(mark, self.places) for mark in marks]
        return [action]

    def _command(self, command: types.Command) -> Action:
        if not self.client.action_literals:
            return command
        return types.CodeAction(command.title, kind=types.CodeActionKind.QuickFix, command=command)

    def _action(
        self, title: str, kind: str, edits: Sequence[Edit], finding: Finding | None = None
    ) -> types.CodeAction:
        shown = None
        if finding is not None:
            shown = [finding_diagnostic(finding, self.document.uri, self.places, self.client)]
        return types.CodeAction(
            title,
            kind=kind,
            diagnostics=shown,
            edit=workspace_edit(self.document, edits, self.places, self.client),
        )


def _touches(span: Span, start: int, end: int) -> bool:
    return span.start <= end and start <= span.end
