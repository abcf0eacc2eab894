"""One finding for one rule and place, however many engines and paths arrive at it."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.finding import Finding

# A rule's findings say less than those of the other in the same place.
_SAID_BY = {"mark-safe": "cross-site-scripting"}
_WEIGHT = {"low": 0, "medium": 1, "high": 2}


def distinct(own: Iterable[Finding], foreign: Iterable[Finding] = ()) -> tuple[Finding, ...]:
    """The findings in the order of the text, without those that say a thing twice.

    own: of our rules. Of two in one place the one that shows the flow stays, then the graver one.
    foreign: of other engines under our rules' names. One that touches an own finding of its rule
        is that finding.
    """
    chosen: dict[tuple[str, int, int], Finding] = {}
    for finding in own:
        place = (finding.rule, finding.span.start, finding.span.end)
        other = chosen.get(place)
        if other is None or _rank(finding) > _rank(other):
            chosen[place] = finding
    by_rule: dict[str, list[Finding]] = {}
    for finding in chosen.values():
        by_rule.setdefault(finding.rule, []).append(finding)
    kept = [f for f in chosen.values() if not _is_shown_by_a_flow(f, by_rule[f.rule])]
    kept = [
        f for f in kept if not any(_touch(f, o) for o in by_rule.get(_SAID_BY.get(f.rule, ""), ()))
    ]
    for finding in foreign:
        known = by_rule.setdefault(finding.rule, [])
        if not any(_touch(finding, other) for other in known):
            known.append(finding)
            kept.append(finding)
    return tuple(sorted(kept, key=lambda finding: (finding.span, finding.rule)))


def _rank(finding: Finding) -> tuple[bool, int, int]:
    return bool(finding.steps), _WEIGHT[finding.severity], _WEIGHT[finding.confidence]


def _is_shown_by_a_flow(finding: Finding, others: Iterable[Finding]) -> bool:
    """Whether a pattern's finding is what a flow's finding around it or inside it already says."""
    return not finding.steps and any(
        other.steps
        and (other.span.start == finding.span.start or other.span.end == finding.span.end)
        and _touch(finding, other)
        for other in others
    )


def _touch(one: Finding, other: Finding) -> bool:
    return one.span.overlaps(other.span) or one.span == other.span
