"""Fixes for a text that a person wrote, offered and made only where they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from analyzers.finding import Action, Edit, Finding, Span
from analyzers.fixes.mended import Mended, mended
from analyzers.fixes.writing import applied
from analyzers.report import Report

_EVERY_ACTION: frozenset[Action] = frozenset({"annotate", "fix", "block"})

# From a text to the report on it.
Look = Callable[[str], Report]


def with_fixes_that_hold(text: str, report: Report, look: Look) -> Report:
    """The report without the proposals that do not hold, each by itself."""
    proposed = [finding for finding in report.findings if finding.fix is not None]
    if "\r" in text.replace("\r\n", ""):
        # The lines that a fix adds would not end as these do.
        bare = (replace(finding, fix=None) for finding in report.findings)
        return replace(report, findings=tuple(bare))
    if not proposed or _hold(text, report, proposed, look):
        return report  # All at once hold; that is the usual case, and costs one look.
    held = {one for one in proposed if _hold(text, report, [one], look)}
    kept = (one if one in held else replace(one, fix=None) for one in report.findings)
    return replace(report, findings=tuple(kept))


def _hold(text: str, report: Report, chosen: Sequence[Finding], look: Look) -> bool:
    """Whether the text with these fixes can be read, and has no findings but the others."""
    edits = sorted({edit for one in chosen if one.fix for edit in one.fix.edits}, key=_place)
    if any(one.span.end > other.span.start for one, other in pairwise(edits)):
        return False
    after = look(applied(text, tuple(edits)))
    allowed = Counter(finding.rule for finding in report.findings)
    allowed.subtract(finding.rule for finding in chosen)
    if report.level == "whole file" and after.level != report.level:
        return False
    return after.is_checked and Counter(one.rule for one in after.findings) <= allowed


def _place(edit: Edit) -> tuple[Span, str]:
    return edit.span, edit.text


def make_fixes(
    text: str, findings: Sequence[Finding], chosen: Sequence[Finding], look: Look
) -> Mended:
    """The text with the fixes of the chosen findings that hold.

    findings: all that `text` has, the chosen ones among them.
    """
    wanted = {_print(text, one) for one in chosen}

    def only_wanted(current: str, found: Sequence[Finding]) -> list[Finding]:
        return [one if _print(current, one) in wanted else replace(one, fix=None) for one in found]

    def scan(changed: str, _: Span) -> Sequence[Finding] | None:
        report = look(changed)
        return only_wanted(changed, report.findings) if report.is_checked else None

    before = only_wanted(text, findings)
    return mended(text, Span(0, len(text)), before, scan, actions=_EVERY_ACTION)


def _print(text: str, finding: Finding) -> tuple[str, str]:
    """What makes a finding the same one in another version of the text."""
    return finding.rule, " ".join(text[finding.span.start : finding.span.end].split())
