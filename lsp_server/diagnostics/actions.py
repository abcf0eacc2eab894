"""What can be done about the findings of one state of a document, before any edit is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types

from analyzers.finding import Finding, Span
from lsp_server.diagnostics.scans import Scanned

QUICK_FIX = types.CodeActionKind.QuickFix.value
FIX_ALL = "source.fixAll.leadsman"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Findings that are mended together.

    about: the finding that a quick fix speaks of.
    """

    title: str
    kind: str
    chosen: tuple[Finding, ...]
    about: Finding | None = None
    is_preferred: bool = False

    def data(self, uri: str, state: str) -> dict[str, Any]:
        """What a client keeps to have the edit made later."""
        places = [[one.rule, one.span.start, one.span.end] for one in self.chosen]
        return {"uri": uri, "state": state, "findings": places}


def chosen_by(data: Any, scanned: Scanned) -> tuple[Finding, ...]:
    """The findings that a proposal's data names, none where the document is another by now."""
    if not isinstance(data, dict) or data.get("state") != scanned.state:
        return ()
    places = data.get("findings")
    wanted = {tuple(place) for place in places} if isinstance(places, list) else set()
    return tuple(
        one for one in scanned.findings if (one.rule, one.span.start, one.span.end) in wanted
    )


def touches(span: Span, start: int, end: int) -> bool:
    """Whether a span and a selection, which may be a cursor, have a place in common."""
    return span.start <= end and start <= span.end


def fixes_of(finding: Finding, all_findings: Sequence[Finding]) -> list[Proposal]:
    """The finding's own fix and, where there are more of its kind, that of all of them."""
    if finding.fix is None:
        return []
    own = Proposal(finding.fix.title, QUICK_FIX, (finding,), finding, is_preferred=True)
    same = tuple(one for one in all_findings if one.rule == finding.rule and one.fix is not None)
    if len(same) < 2:
        return [own]
    title = f"Fix all {len(same)} findings of {finding.rule} in this file"
    return [own, Proposal(title, QUICK_FIX, same)]


def fix_all(all_findings: Sequence[Finding]) -> list[Proposal]:
    """Every fix of the file at once."""
    fixable = tuple(one for one in all_findings if one.fix is not None)
    return [Proposal("Fix all findings of Leadsman", FIX_ALL, fixable)] if fixable else []
