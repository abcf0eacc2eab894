"""Fixes for a text that a person wrote: proposed cheaply, and made only where they hold."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from analyzers.check import scan
from analyzers.code import Code
from analyzers.finding import Action, Finding, Span
from analyzers.fixes.mended import mended
from analyzers.fixes.offers import with_fixes
from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.reading.parsing import parse
from analyzers.report import Report

_EVERY_ACTION: frozenset[Action] = frozenset({"annotate", "fix", "block"})


def with_proposals(text: str, report: Report, project: Project) -> Report:
    """The report on a whole Python text, with the fixes that the rules propose.

    What is half typed is not mended: a fix there could not be seen to hold.
    """
    if not report.findings or report.level != "whole file":
        return report
    tree = parse(text)
    if not isinstance(tree, ast.Module):
        return report
    findings = with_fixes(Code(text, tree, project=project), report.findings)
    return replace(report, findings=findings)


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
        return report.findings if report.is_checked else None

    before = [one if one in wanted else replace(one, fix=None) for one in findings]
    result = mended(text, Span(0, len(text)), before, look, actions=_EVERY_ACTION)
    return None if result.text == text else result.text
