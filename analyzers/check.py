"""The one entry: an insertion in its place, or a whole text, and what may be offered of it."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass, replace

from analyzers.code import Code
from analyzers.engines import bandit
from analyzers.finding import Finding, Span
from analyzers.policy import DEFAULT, Policy
from analyzers.project import NO_PROJECT, Project
from analyzers.registry import rules
from analyzers.report import Report, Verdict


@dataclass(frozen=True, slots=True)
class Insertion:
    """`text` in place of `span` of the document; the span of a plain insertion is empty."""

    span: Span
    text: str

    def applied(self, document: str) -> str:
        """The document with the insertion."""
        return document[: self.span.start] + self.text + document[self.span.end :]

    @property
    def placed(self) -> Span:
        """Where the text stands in the document that has it."""
        return Span(self.span.start, self.span.start + len(self.text))


def check(
    document: str,
    insertion: Insertion,
    language: str,
    policy: Policy = DEFAULT,
    *,
    project: Project = NO_PROJECT,
) -> Report:
    """What the insertion brings into the document, and what may be offered of it.

    Findings lie in the document that has the insertion. Never raises.
    """
    text = insertion.applied(document)
    after = _scan(text, language, project)
    if isinstance(after, str):
        return _unchecked(insertion.text, after, policy)
    before = _scan(document, language, project)
    known = set() if isinstance(before, str) else {_print(f, document) for f in before}
    new = tuple(
        finding
        for finding in after
        if _concerns(finding, insertion.placed) and _print(finding, text) not in known
    )
    return _judged(new, insertion.text, policy)


def scan(
    text: str, language: str, policy: Policy = DEFAULT, *, project: Project = NO_PROJECT
) -> Report:
    """The findings in a whole text. Never raises."""
    found = _scan(text, language, project)
    if isinstance(found, str):
        return _unchecked(text, found, policy)
    return _judged(tuple(found), text, policy)


def _scan(text: str, language: str, project: Project) -> list[Finding] | str:
    if language != "python":
        return f"no analyzer for the language {language!r}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return f"does not parse: {error}"
    code = Code(text, tree, project=project)
    found: list[Finding] = []
    for registered in rules().values():
        if registered.find is None:
            continue
        languages = registered.rule.languages
        if "python" in languages:
            found += registered.find(code)
        elif "any" in languages:
            found += registered.find(text)
    found += bandit.find(code)
    return sorted(found, key=lambda finding: (finding.span, finding.rule))


def _concerns(finding: Finding, placed: Span) -> bool:
    return finding.span.overlaps(placed) or any(s.span.overlaps(placed) for s in finding.steps)


def _print(finding: Finding, text: str) -> tuple[str, str]:
    """What makes a finding the same one in another version of the text."""
    return finding.rule, " ".join(text[finding.span.start : finding.span.end].split())


def _judged(findings: tuple[Finding, ...], text: str, policy: Policy) -> Report:
    judged = policy.judged(findings)
    blocked = [finding for finding in judged if finding.action == "block"]
    verdict: Verdict = "block" if blocked else "annotate" if judged else "allow"
    return Report(
        verdict,
        judged,
        "whole file",
        None if blocked else text,
        "; ".join(finding.message for finding in blocked),
    )


def _unchecked(text: str, why: str, policy: Policy) -> Report:
    report = Report("annotate", (), "not checkable", text, why)
    return replace(report, verdict="block", text=None) if policy.unchecked == "block" else report
