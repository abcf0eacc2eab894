"""Asks for the fixed form of an insertion, and offers it only if it passes the same check."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from analyzers.analysis import Looked
from analyzers.code import Code
from analyzers.deadline import Deadline
from analyzers.finding import Finding, Span
from analyzers.fixes.mended import TO_BE_MENDED, mended
from analyzers.fixes.offers import with_fixes
from analyzers.incremental import Place
from analyzers.languages import kind_of
from analyzers.policy import Policy
from analyzers.reading.parsing import Problem, parse
from analyzers.registry import rules
from analyzers.report import Report
from analyzers.verdict import judged


def judged_or_mended(place: Place, policy: Policy) -> tuple[Report, Place]:
    """The report on what a place brings, and the place with the text that the report offers.

    Where the policy wants a finding fixed, and there is a form of the insertion that has it no more
    and no new one, the verdict is "fix"; the findings stay those of the text as it was. Where there
    is none, the report says why.
    """
    text = place.insertion.text
    new, looked = place.brings(text)
    report = judged(new, looked, text, policy)
    whole = place.insertion.applied(place.document)
    findings = _with_fixes(place, whole, report.findings)
    if not any(finding.action in TO_BE_MENDED for finding in findings):
        return report, place
    as_it_was = _with_reason(report, findings, place.insertion.placed)
    if not any(finding.fix and finding.action in TO_BE_MENDED for finding in findings):
        return as_it_was, place
    report = replace(report, findings=findings)
    deadline = place.another_deadline()

    def scan(changed: str, placed: Span) -> Sequence[Finding] | None:
        if deadline.is_over:
            return None
        found, seen = _fixed(place, changed[placed.start : placed.end], deadline)
        if seen.level == "not checkable":
            return None
        return _with_fixes(place, changed, policy.judged(found))

    read = _tree if kind_of(place.language) == "python" else _no_tree
    result = mended(whole, place.insertion.placed, report.findings, scan, read=read)
    if not result.fixes:
        return as_it_was, place
    other = place.with_text(result.insertion, deadline)
    left = judged(*other.brings(result.insertion), result.insertion, policy)
    if left.text is None:
        return as_it_was, place
    why = "; ".join(dict.fromkeys(result.fixes))
    return replace(report, verdict="fix", text=result.insertion, why=why), other


def _with_reason(report: Report, findings: tuple[Finding, ...], placed: Span) -> Report:
    """The report on a text that is not mended, with what stood in the way of that."""
    whys = dict.fromkeys(
        f"{finding.rule} is not mended: {_why_not(finding, placed)}"
        for finding in findings
        if finding.action in TO_BE_MENDED
    )
    why = "; ".join([*([report.why] if report.why else []), *whys])
    return replace(report, findings=findings, why=why)


def _why_not(finding: Finding, placed: Span) -> str:
    if finding.fix is None:
        return "there is no fix for it as it is written"
    edits = finding.fix.edits
    if any(one.span.start < placed.start or placed.end < one.span.end for one in edits):
        return f"to {finding.fix.title}, text that is in the file already has to change"
    return f"to {finding.fix.title} would not hold here"


def _fixed(place: Place, text: str, deadline: Deadline) -> tuple[tuple[Finding, ...], Looked]:
    return place.with_text(text, deadline).brings(text)


def _with_fixes(place: Place, whole: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """With the fixes that Python has for what the rules for text of any language found."""
    if kind_of(place.language) != "python" or not any(map(_lacks_a_fix, findings)):
        return findings
    tree = None if place.deadline.is_over else parse(whole)
    if tree is None or isinstance(tree, Problem):
        return findings
    code = Code(whole, tree)
    lacking = with_fixes(code, filter(_lacks_a_fix, findings), place.deadline)
    fixed = iter(lacking.findings)
    return tuple(next(fixed) if _lacks_a_fix(finding) else finding for finding in findings)


def _lacks_a_fix(finding: Finding) -> bool:
    registered = rules().get(finding.rule)
    is_of_text = registered is not None and "any" in registered.rule.languages
    return is_of_text and finding.fix is None and finding.action in TO_BE_MENDED


def _tree(text: str) -> ast.Module | None:
    tree = parse(text)
    return None if isinstance(tree, Problem) else tree


def _no_tree(_: str) -> None:
    """A script that happens to read as Python has no tree either."""
    return
