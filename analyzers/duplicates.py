"""One finding for one rule and place, however many engines and paths arrive at it."""

from __future__ import annotations

from collections.abc import Iterable

from analyzers.finding import Finding, Span
from analyzers.span_set import SpanSet

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
    flows = _flows(chosen.values())
    kept = [finding for finding in chosen.values() if not _is_shown_by(finding, flows)]
    places: dict[str, _Places] = {}
    for finding in chosen.values():
        places.setdefault(finding.rule, _Places()).add(finding)
    kept = [f for f in kept if f.rule not in _SAID_BY or not _is_said(f, places)]
    for finding in foreign:
        known = places.setdefault(finding.rule, _Places())
        if not known.touches(finding):
            known.add(finding)
            kept.append(finding)
    return tuple(sorted(kept, key=lambda finding: (finding.span, finding.rule)))


class _Places:
    """Where the findings of a rule are."""

    def __init__(self) -> None:
        self._spans = SpanSet()
        self._exact: set[Span] = set()

    def add(self, finding: Finding) -> None:
        self._spans.add(finding.span)
        self._exact.add(finding.span)

    def touches(self, finding: Finding) -> bool:
        return finding.span in self._exact or self._spans.overlaps(finding.span)


def _is_said(finding: Finding, places: dict[str, _Places]) -> bool:
    by = places.get(_SAID_BY[finding.rule])
    return by is not None and by.touches(finding)


def _rank(finding: Finding) -> tuple[bool, int, int]:
    return bool(finding.steps), _WEIGHT[finding.severity], _WEIGHT[finding.confidence]


# By rule and border, "start" or "end", the flows that have it there.
_Flows = dict[tuple[str, str, int], list[Finding]]


def _flows(findings: Iterable[Finding]) -> _Flows:
    flows: _Flows = {}
    for finding in findings:
        if finding.steps:
            flows.setdefault((finding.rule, "start", finding.span.start), []).append(finding)
            flows.setdefault((finding.rule, "end", finding.span.end), []).append(finding)
    return flows


def _is_shown_by(finding: Finding, flows: _Flows) -> bool:
    """Whether a pattern's finding is what a flow's finding around it or inside it already says."""
    if finding.steps or not flows:
        return False
    near = (
        *flows.get((finding.rule, "start", finding.span.start), ()),
        *flows.get((finding.rule, "end", finding.span.end), ()),
    )
    return any(_touch(finding, other) for other in near)


def _touch(one: Finding, other: Finding) -> bool:
    return one.span.overlaps(other.span) or one.span == other.span
