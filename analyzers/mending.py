"""Asks for the fixed form of an insertion, and offers it only if it passes the same check."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from analyzers.analysis import Looked
from analyzers.finding import Finding, Span
from analyzers.fixes.mended import TO_BE_MENDED, mended
from analyzers.incremental import Place
from analyzers.languages import kind_of
from analyzers.policy import Policy
from analyzers.reading.parsing import Problem, parse
from analyzers.report import Report
from analyzers.verdict import judged


def judged_or_mended(place: Place, policy: Policy) -> tuple[Report, Place]:
    """The report on what a place brings, and the place with the text that the report offers.

    Where the policy wants a finding fixed, and there is a form of the insertion that has it no more
    and no new one, the verdict is "fix"; the findings stay those of the text as it was.
    """
    text = place.insertion.text
    new, looked = place.brings(text)
    report = judged(new, looked, text, policy)
    if not any(finding.fix and finding.action in TO_BE_MENDED for finding in report.findings):
        return report, place

    def scan(changed: str, placed: Span) -> Sequence[Finding] | None:
        found, seen = _fixed(place, changed[placed.start : placed.end])
        return None if seen.level == "not checkable" else policy.judged(found)

    whole = place.insertion.applied(place.document)
    read = _tree if kind_of(place.language) == "python" else _no_tree
    result = mended(whole, place.insertion.placed, report.findings, scan, read=read)
    if not result.fixes:
        return report, place
    other = place.with_text(result.insertion)
    left = judged(*other.brings(result.insertion), result.insertion, policy)
    if left.text is None:
        return report, place
    why = "; ".join(dict.fromkeys(result.fixes))
    return replace(report, verdict="fix", text=result.insertion, why=why), other


def _fixed(place: Place, text: str) -> tuple[tuple[Finding, ...], Looked]:
    return place.with_text(text).brings(text)


def _tree(text: str) -> ast.Module | None:
    tree = parse(text)
    return None if isinstance(tree, Problem) else tree


def _no_tree(_: str) -> None:
    """A script that happens to read as Python has no tree either."""
    return
