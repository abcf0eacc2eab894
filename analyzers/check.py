"""The one entry: an insertion in its place, or a whole text, and what may be offered of it."""

from __future__ import annotations

from analyzers.analysis import Looked, look
from analyzers.deadline import Deadline
from analyzers.delta import Insertion
from analyzers.incremental import Place
from analyzers.mending import judged_or_mended
from analyzers.policy import DEFAULT, Policy
from analyzers.prefixes import judged_with_prefixes
from analyzers.preparation import load, prepare
from analyzers.project import NO_PROJECT, Project
from analyzers.report import Report
from analyzers.verdict import judged

__all__ = ["Insertion", "check", "check_prefixes", "load", "prepare", "scan"]

# A person waits for the one, and a file for the other.
CHECK_BUDGET_S = 0.5
SCAN_BUDGET_S = 20.0


def check(
    document: str,
    insertion: Insertion,
    language: str,
    policy: Policy = DEFAULT,
    *,
    project: Project = NO_PROJECT,
    budget_s: float = CHECK_BUDGET_S,
) -> Report:
    """What the insertion brings into the document, and what may be offered of it.

    Findings lie in the document that has the insertion. Never raises. What takes longer than the
    budget is not checkable.
    """
    if not insertion.lies_in(document):
        return _misplaced(document, insertion, policy)
    load(language)
    place = Place(document, insertion, language, project, budget_s)
    return judged_or_mended(place, policy)[0]


def check_prefixes(
    document: str,
    insertion: Insertion,
    language: str,
    policy: Policy = DEFAULT,
    *,
    project: Project = NO_PROJECT,
) -> Report:
    """As `check`, for the insertion and each prefix of it that an editor can insert.

    `analyzers.prefixes` says when a prefix counts. Never raises.
    """
    if not insertion.lies_in(document):
        return _misplaced(document, insertion, policy)
    load(language)
    place = Place(document, insertion, language, project, CHECK_BUDGET_S)
    return judged_with_prefixes(place, policy)


def scan(
    text: str, language: str, policy: Policy = DEFAULT, *, project: Project = NO_PROJECT
) -> Report:
    """The findings in a whole text. Never raises."""
    load(language)
    looked = look(text, None, language, project, Deadline.after(SCAN_BUDGET_S))
    return judged(looked.findings, looked, text, policy)


def _misplaced(document: str, insertion: Insertion, policy: Policy) -> Report:
    span = insertion.span
    why = f"the span {span.start} to {span.end} lies outside of {len(document)} characters"
    return judged((), Looked((), "not checkable", why), insertion.text, policy)
