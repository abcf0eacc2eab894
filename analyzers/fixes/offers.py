"""Asks the rules for the fixes of what they found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from analyzers.code import Code
from analyzers.finding import Edit, Finding, Fix
from analyzers.javascript.script import ScriptCode
from analyzers.registry import rules


def with_fixes(code: Code | ScriptCode, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in `code`, each with the fix that its rule has for it.

    A fix is a proposal: `analyzers.fixes.mended` says whether it holds. What has one keeps it.
    """
    return tuple(
        finding if finding.fix else replace(finding, fix=_fix(code, finding))
        for finding in findings
    )


def _fix(code: Code | ScriptCode, finding: Finding) -> Fix | None:
    registered = rules().get(finding.rule)
    if registered is None or registered.fix is None:
        return None
    try:
        fix = registered.fix(code, finding)
    except Exception:  # noqa: BLE001  # As in the rule runner: no fix is an answer, an end is not.
        return None
    return fix if fix is not None and _is_sound(fix.edits) else None


def _is_sound(edits: tuple[Edit, ...]) -> bool:
    """Whether the edits are in order and apart."""
    return bool(edits) and all(one.span.end <= other.span.start for one, other in pairwise(edits))
