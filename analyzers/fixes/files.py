"""Mends a whole file."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from analyzers.check import scan
from analyzers.code import Code
from analyzers.finding import Action, Finding, Span
from analyzers.fixes.mended import Mended, mended
from analyzers.fixes.offers import with_fixes
from analyzers.policy import DEFAULT, Policy
from analyzers.project import NO_PROJECT, Project
from analyzers.reading.parsing import parse

EVERY_ACTION: frozenset[Action] = frozenset({"annotate", "fix", "block"})


def mend_file(
    text: str,
    policy: Policy = DEFAULT,
    *,
    project: Project = NO_PROJECT,
    actions: frozenset[Action] = EVERY_ACTION,
) -> Mended:
    """A Python file with every fix that holds, of findings that are more than a remark.

    What is of low severity and low confidence is left: there it is likely that nothing is wrong.
    A text that does not parse is left as it is.
    """

    def look(current: str, placed: Span) -> Sequence[Finding] | None:
        tree = parse(current)
        report = scan(current, "python", policy, project=project)
        if not isinstance(tree, ast.Module) or not report.is_checked:
            return None
        asked = tuple(f for f in report.findings if (f.severity, f.confidence) != ("low", "low"))
        return with_fixes(Code(current, tree, project=project), asked)

    whole = Span(0, len(text))
    found = look(text, whole)
    if found is None:
        return Mended(text, whole, ())
    return mended(text, whole, found, look, actions=actions)
