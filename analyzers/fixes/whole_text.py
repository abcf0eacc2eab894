"""Fixes for a text that a person wrote, offered and made only where they hold.

Everything that mends a whole text goes through here: `leadsman review --fix`, one finding's quick
fix in an editor, and all of a file at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from analyzers.finding import Action, Edit, Finding, Span
from analyzers.fixes.halving import holding_among
from analyzers.fixes.mended import Mended, mended
from analyzers.fixes.writing import applied
from analyzers.report import Report

_EVERY_ACTION: frozenset[Action] = frozenset({"annotate", "fix", "block"})

# From a text to the report on it.
Look = Callable[[str], Report]


def with_fixes_that_hold(text: str, report: Report, look: Look) -> Report:
    """The report without the proposals that do not hold, each by itself."""
    proposed = [finding for finding in report.findings if finding.fix is not None]
    if proposed and not _may_be_changed(text):
        bare = (replace(finding, fix=None) for finding in report.findings)
        return replace(report, findings=tuple(bare))
    if not proposed or _hold(text, report, proposed, look):
        return report  # All at once hold; that is the usual case, and costs one look.
    held = set(holding_among(proposed, lambda some: _hold(text, report, some, look)))
    kept = (one if one in held else replace(one, fix=None) for one in report.findings)
    return replace(report, findings=tuple(kept))


def make_fixes(text: str, report: Report, chosen: Sequence[Finding], look: Look) -> Mended:
    """The text with the fixes of the chosen findings that hold.

    A finding whose fix is in another's way is looked for again in the text that has the other; one
    that reads like a finding that was not chosen is not, so that only what was chosen is changed.

    report: that on `text`; the chosen findings are among its own.
    """
    whole = Span(0, len(text))
    if not _may_be_changed(text):
        return Mended(text, whole, report.findings)
    wanted = set(chosen)
    others = {_print(text, one) for one in report.findings if one not in wanted}
    again = {_print(text, one) for one in wanted} - others

    def scan(changed: str, _: Span) -> Sequence[Finding] | None:
        after = look(changed)
        if not _is_read_as_well(report, after):
            return None
        return [
            one if _print(changed, one) in again else replace(one, fix=None)
            for one in after.findings
        ]

    before = [one if one in wanted else replace(one, fix=None) for one in report.findings]
    # Whether the text still parses is what its level says, in whatever language it is.
    return mended(text, whole, before, scan, read=lambda _: None, actions=_EVERY_ACTION)


def mend(text: str, report: Report, look: Look) -> Mended:
    """The text with every fix that holds of findings that are worth a change."""
    return make_fixes(text, report, [one for one in report.findings if is_worth_it(one)], look)


def is_worth_it(finding: Finding) -> bool:
    """Whether a finding's fix may be made without a person who looks at it.

    What a rule is not sure of is left to a person: a simulation needs no secure numbers, a server
    in a container has to listen on every address. Where the harm would be great, doubt is no reason
    to leave it: a fix that holds costs a program that was right a check that never fails.
    """
    return finding.fix is not None and (finding.confidence != "low" or finding.severity == "high")


def _hold(text: str, report: Report, chosen: Sequence[Finding], look: Look) -> bool:
    """Whether the text with these fixes can be read, and has no findings but the others."""
    edits = sorted({edit for one in chosen if one.fix for edit in one.fix.edits}, key=_place)
    if any(one.span.end > other.span.start for one, other in pairwise(edits)):
        return False
    after = look(applied(text, tuple(edits)))
    allowed = Counter(finding.rule for finding in report.findings)
    allowed.subtract(finding.rule for finding in chosen)
    found = Counter(one.rule for one in after.findings)
    return _is_read_as_well(report, after) and found <= allowed


def _is_read_as_well(before: Report, after: Report) -> bool:
    """Whether a changed text is checked, and needs no repair if it needed none."""
    return after.is_checked and (before.level != "whole file" or after.level == before.level)


def _may_be_changed(text: str) -> bool:
    """Whether the lines that a fix adds would end as the text's own do."""
    return "\r" not in text.replace("\r\n", "")


def _place(edit: Edit) -> tuple[Span, str]:
    return edit.span, edit.text


def _print(text: str, finding: Finding) -> tuple[str, str]:
    """What makes a finding the same one in another version of the text."""
    return finding.rule, " ".join(text[finding.span.start : finding.span.end].split())
