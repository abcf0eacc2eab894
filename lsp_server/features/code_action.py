"""`textDocument/codeAction`: fixes of findings, ignoring one, the page of its rule.

A fix is proposed as soon as its finding is seen; it is made, and seen to hold, when the client asks
for the edit. A client that cannot ask for it later is offered what holds at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from analyzers.finding import Edit, Finding
from lsp_server.diagnostics.actions import (
    FIX_ALL,
    QUICK_FIX,
    Proposal,
    chosen_by,
    fix_all,
    fixes_of,
    touches,
)
from lsp_server.diagnostics.conversion import finding_diagnostic, unchecked_diagnostic
from lsp_server.diagnostics.fixing import edits_between, workspace_edit
from lsp_server.diagnostics.places import Places
from lsp_server.diagnostics.scans import Scanned, language_of
from lsp_server.documents import Document
from lsp_server.features.execute_command import EXPLAIN, MARK_AS_READ

if TYPE_CHECKING:
    from lsp_server.server import LeadsmanServer

Action = types.CodeAction | types.Command


def register(server: LeadsmanServer) -> None:
    """Announces the kinds."""
    options = types.CodeActionOptions(
        code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL], resolve_provider=True
    )
    server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)(code_action)
    server.feature(types.CODE_ACTION_RESOLVE)(resolve)


async def code_action(ls: LeadsmanServer, params: types.CodeActionParams) -> list[Action]:
    """What can be done about the findings in a range, as the document is now."""
    view = await _View.of(ls, params.text_document.uri)
    if view is None:
        return []
    is_literal, only = ls.findings_client.action_literals, params.context.only
    ends = (params.range.start, params.range.end)
    start, end = sorted(map(view.document.offset_at_position, ends))
    here = [one for one in view.scanned.findings if touches(one.span, start, end)]
    actions: list[Action] = []
    if is_literal and _is_wanted(FIX_ALL, only):
        actions += await view.offered(fix_all(view.scanned.findings))
    if not _is_wanted(QUICK_FIX, only):
        return actions
    if is_literal:
        proposals = [proposal for one in here for proposal in fixes_of(one, view.scanned.findings)]
        # One of each title: two findings of a rule propose the same for all of its findings.
        distinct = {(p.title, p.chosen): p for p in proposals}.values()
        actions = [*await view.offered(distinct), *view.ignoring(here), *actions]
    for rule in dict.fromkeys(one.rule for one in here):
        command = types.Command(f"Explain {rule}", EXPLAIN, arguments=[rule])
        actions.append(view.command(command))
    return [*actions, *view.marking(start, end)]


async def resolve(ls: LeadsmanServer, action: types.CodeAction) -> types.CodeAction:
    """Makes the edit of a proposal; without one where it does not hold, and then says so."""
    data: Any = action.data
    uri = data.get("uri") if isinstance(data, dict) else None
    view = await _View.of(ls, uri) if isinstance(uri, str) else None
    if action.edit is not None or view is None:
        return action
    edits = await view.edits(chosen_by(data, view.scanned))
    if edits:
        action.edit = view.edit(edits)
    else:
        text = f"Leadsman: {action.title!r} would not hold here; nothing was changed"
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
    return action


def _is_wanted(kind: str, only: Sequence[Any] | None) -> bool:
    """Whether a kind, or a kind that it is one of, was asked for."""
    names = [str(getattr(one, "value", one)) for one in only or ()]
    return only is None or any(kind == name or kind.startswith(f"{name}.") for name in names)


@dataclass(frozen=True, slots=True)
class _View:
    """One state of a document, and who looks at it."""

    ls: LeadsmanServer
    document: Document
    scanned: Scanned
    places: Places

    @staticmethod
    async def of(ls: LeadsmanServer, uri: str) -> _View | None:
        scanned = await ls.scans.current(uri)
        document = ls.documents.find(uri)
        if scanned is None or document is None:
            return None
        return _View(ls, document, scanned, Places(document))

    async def offered(self, proposals: Iterable[Proposal]) -> list[Action]:
        """The proposals, or those of them that hold where they cannot be asked for later."""
        actions: list[Action] = []
        for proposal in proposals:
            action = self._action(proposal.title, proposal.kind, proposal.about)
            action.is_preferred = proposal.is_preferred or None
            if self.ls.findings_client.resolves_edits:
                action.data = proposal.data(self.document.uri, self.scanned.state)
            elif edits := await self.edits(proposal.chosen):
                action.edit = self.edit(edits)
            else:
                continue
            actions.append(action)
        return actions

    async def edits(self, chosen: Sequence[Finding]) -> tuple[Edit, ...]:
        """What mends the chosen findings; nothing where that does not hold or came too late."""
        if not chosen:
            return ()
        after = await self.ls.scans.mended(self.document, self.scanned, chosen)
        if after is None or self.document.revision != self.scanned.revision:
            return ()
        return edits_between(self.scanned.text, after)

    def edit(self, edits: Sequence[Edit]) -> types.WorkspaceEdit:
        return workspace_edit(self.document, edits, self.places, self.ls.findings_client)

    def ignoring(self, here: Iterable[Finding]) -> list[Action]:
        """A comment for each finding beside which one can stand."""
        # Imported here, because `initialize` does not wait for it.
        from analyzers.suppression import ignore_edit

        actions: list[Action] = []
        for finding in here:
            edit = ignore_edit(self.scanned.text, finding, language_of(self.document))
            if edit is not None:
                action = self._action(f"Ignore {finding.rule} here", QUICK_FIX, finding)
                action.edit = self.edit((edit,))
                actions.append(action)
        return actions

    def marking(self, start: int, end: int) -> list[Action]:
        """A way to say that text was read that could not be checked."""
        marks = [one for one in self.scanned.unchecked if touches(one.span, start, end)]
        if not marks:
            return []
        title = "I have read the unchecked text in this file"
        action = self.command(types.Command(title, MARK_AS_READ, arguments=[self.document.uri]))
        if isinstance(action, types.CodeAction):
            action.diagnostics = [unchecked_diagnostic(one, self.places) for one in marks]
        return [action]

    def command(self, command: types.Command) -> Action:
        """The command as the client can show it."""
        if not self.ls.findings_client.action_literals:
            return command
        return types.CodeAction(command.title, kind=QUICK_FIX, command=command)

    def _action(self, title: str, kind: str, about: Finding | None) -> types.CodeAction:
        shown = None
        if about is not None:
            client = self.ls.findings_client
            shown = [finding_diagnostic(about, self.document.uri, self.places, client)]
        return types.CodeAction(title, kind=kind, diagnostics=shown)
