"""Fixes for a text that a person wrote, made where they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analyzers.check import scan
from analyzers.finding import Action, Finding, Span
from analyzers.fixes.mended import mended
from analyzers.policy import Policy
from analyzers.project import Project

_EVERY_ACTION: frozenset[Action] = frozenset({"annotate", "fix", "block"})


def mend(
    text: str,
    findings: Sequence[Finding],
    chosen: Sequence[Finding],
    policy: Policy,
    project: Project,
) -> str | None:
    """The text with the fixes of the chosen findings that hold, None where none does.

    findings: all that `text` has, the chosen ones among them.
    """
    wanted = set(chosen)

    def look(current: str, _: Span) -> Sequence[Finding] | None:
        report = scan(current, "python", policy, project=project)
        # Nothing but the chosen findings is to be mended, so what is left proposes nothing.
        return _without_fixes(report.findings) if report.is_checked else None

    before = [one if one in wanted else replace(one, fix=None) for one in findings]
    result = mended(text, Span(0, len(text)), before, look, actions=_EVERY_ACTION)
    return None if result.text == text else result.text


def _without_fixes(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(one, fix=None) for one in findings)
