"""Asks for the fixed form of an insertion, and offers it only if it passes the same check."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from analyzers.analysis import Looked
from analyzers.code import Code
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
    and no new one, the verdict is "fix"; the findings stay those of the text as it was.
    """
    text = place.insertion.text
    new, looked = place.brings(text)
    report = judged(new, looked, text, policy)
    whole = place.insertion.applied(place.document)
    findings = _with_fixes(place, whole, report.findings)
    if not any(finding.fix and finding.action in TO_BE_MENDED for finding in findings):
        return report, place
    report = replace(report, findings=findings)

    def scan(changed: str, placed: Span) -> Sequence[Finding] | None:
        found, seen = _fixed(place, changed[placed.start : placed.end])
        if seen.level == "not checkable":
            return None
        return _with_fixes(place, changed, policy.judged(found))

    result = mended(whole, place.insertion.placed, report.findings, scan, read=_tree)
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


def _with_fixes(place: Place, whole: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """With the fixes that Python has for what the rules for text of any language found."""
    if kind_of(place.language) != "python" or not any(map(_lacks_a_fix, findings)):
        return findings
    tree = parse(whole)
    if isinstance(tree, Problem):
        return findings
    code = Code(whole, tree)
    return tuple(
        with_fixes(code, (finding,))[0] if _lacks_a_fix(finding) else finding
        for finding in findings
    )


def _lacks_a_fix(finding: Finding) -> bool:
    registered = rules().get(finding.rule)
    is_of_text = registered is not None and "any" in registered.rule.languages
    return is_of_text and finding.fix is None and finding.action in TO_BE_MENDED


def _tree(text: str) -> ast.Module | None:
    tree = parse(text)
    return None if isinstance(tree, Problem) else tree
