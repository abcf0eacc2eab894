"""Asks the rules for the fixes of what they found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from analyzers.code import Code
from analyzers.deadline import Deadline
from analyzers.finding import Edit, Finding, Fix
from analyzers.fixes.places import placed_nodes
from analyzers.javascript.script import ScriptCode
from analyzers.registry import rules

# A fix looks at the tree once or twice, at some microsecond for each of its nodes; of a script, at
# its text. So a file of a thousand lines has a fix for every line, and none takes seconds.
_MOST_LOOKS = 1_000_000
_MOST_FIXES = 500
_CHARS_FOR_A_NODE = 4


@dataclass(frozen=True, slots=True)
class Offered:
    """Findings with their fixes.

    n_left: for how many of them, the last ones, no fix was looked for.
    """

    findings: tuple[Finding, ...]
    n_left: int = 0


def with_fixes(
    code: Code | ScriptCode, findings: Iterable[Finding], deadline: Deadline | None = None
) -> Offered:
    """The findings in `code`, each with the fix that its rule has for it.

    A fix is a proposal: `analyzers.fixes.mended` says whether it holds. What has one keeps it. To
    look for one costs a look at the tree, so there is an end to it where there are many.
    """
    most: int | None = None
    n_asked = n_left = 0
    found: list[Finding] = []
    for finding in findings:
        if finding.fix is not None or not _has_maker(finding):
            found.append(finding)
            continue
        if most is None:
            most = min(_MOST_FIXES, _MOST_LOOKS // _size(code))
        if n_asked >= most or (deadline is not None and deadline.is_over):
            n_left += 1
            found.append(finding)
            continue
        n_asked += 1
        found.append(replace(finding, fix=_fix(code, finding)))
    return Offered(tuple(found), n_left)


def _size(code: Code | ScriptCode) -> int:
    """How many nodes there are, 1 at least."""
    if isinstance(code, ScriptCode):
        return len(code.text) // _CHARS_FOR_A_NODE + 1
    return len(placed_nodes(code)) + 1


def _has_maker(finding: Finding) -> bool:
    registered = rules().get(finding.rule)
    return registered is not None and registered.fix is not None


def _fix(code: Code | ScriptCode, finding: Finding) -> Fix | None:
    make = rules()[finding.rule].fix
    assert make is not None, "asked for only where there is one"
    try:
        fix = make(code, finding)
    except Exception:  # noqa: BLE001  # As in the rule runner: no fix is an answer, an end is not.
        return None
    return fix if fix is not None and _is_sound(fix.edits) else None


def _is_sound(edits: tuple[Edit, ...]) -> bool:
    """Whether the edits are in order and apart."""
    return bool(edits) and all(one.span.end <= other.span.start for one, other in pairwise(edits))
