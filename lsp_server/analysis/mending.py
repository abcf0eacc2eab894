"""Fixes for a text that a person wrote, made where they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyzers.check import scan
from analyzers.finding import Action, Finding, Span
from analyzers.fixes.mended import mended
from lsp_server.analysis.analyzers import Mending

_EVERY_ACTION: frozenset[Action] = frozenset({"annotate", "fix", "block"})


def mend(wanted: Mending) -> str | None:
    """The text with the fixes of the chosen findings that hold, None where none does."""

    def look(current: str, _: Span) -> Sequence[Finding] | None:
        report = scan(current, wanted.language, wanted.policy, project=wanted.project)
        # Nothing but the chosen findings is to be mended, so what is left proposes nothing.
        return _without_fixes(report.findings) if report.is_checked else None

    chosen = set(wanted.chosen)
    before = [one if one in chosen else replace(one, fix=None) for one in wanted.findings]
    whole = Span(0, len(wanted.text))
    result = mended(wanted.text, whole, before, look, actions=_EVERY_ACTION)
    return None if result.text == wanted.text else result.text


def _without_fixes(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(one, fix=None) for one in findings)
