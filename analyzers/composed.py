"""What rules find in a text that was put together around an insertion, and what that tells."""

from __future__ import annotations

from analyzers.analysis import Looked, too_large
from analyzers.deadline import Deadline
from analyzers.duplicates import distinct
from analyzers.finding import Finding, Span
from analyzers.fixes.offers import with_fixes
from analyzers.flow.analysis import is_plain, is_without_remote
from analyzers.frames import Composition, Frame
from analyzers.influence import touched_names
from analyzers.levels import Reading
from analyzers.pieces import Pieces
from analyzers.reading.parsing import Problem
from analyzers.registry import rules
from analyzers.relevance import are_called, follows_data, unproven
from analyzers.report import Level
from analyzers.scanner import Found, find_in_code, find_in_text


def touched(
    asked: frozenset[str], frame: Frame, text: str, reading: Reading, placed: Span
) -> frozenset[str]:
    """The rules without those that would follow data to places the insertion does not touch."""
    said, near = frame.words(text)
    doubtful = unproven(asked, said, near)
    if not doubtful or reading.level != "whole file":
        return asked
    names = touched_names(reading.code, placed)
    if names is None:
        return asked
    return asked - doubtful | are_called(doubtful, names, frame.others, said)


def look_in(
    frame: Frame,
    text: str,
    composed: Composition,
    placed: Span,
    reading: Reading | Problem,
    deadline: Deadline,
    asked: frozenset[str],
) -> Looked:
    """What the asked rules find in `composed`, which has `text` in its place and was read."""
    in_text = _found_in_text(frame, text, deadline)
    seen = in_text.findings
    if isinstance(reading, Problem):
        why = f"does not parse: {reading}"
        return Looked(seen, "not checkable", why, in_text.problems, lambda _: False)
    in_code = find_in_code(reading.code, deadline, asked)
    offered = with_fixes(reading.code, in_code.findings, deadline)
    there = (
        composed.pieces.finding_there(reading.pieces.finding_there(finding))
        for finding in offered.findings
    )
    # What follows data goes by the focus itself: a flow through it may have no step in it.
    following = frozenset(each for each in asked if follows_data(rules()[each]))
    findings = distinct([*(f for f in there if _concerns(f, composed, following)), *seen])
    problems = (*in_text.problems, *in_code.problems)
    unread = [composed.pieces.span_there(span) for span in reading.unread]
    return Looked(
        findings,
        "not checkable" if problems else _level(reading.level, composed),
        "; ".join(problems),
        problems,
        lambda offset: not any(span.start <= offset < span.end for span in unread),
        reading.is_open,
        reading.level != "whole file",
        is_without_remote(reading.code),
        lambda end: is_plain(reading.code, *reading.code.place(placed.start + end)),
        offered.n_left,
    )


def unread(frame: Frame, text: str, composed: Composition, deadline: Deadline) -> Looked:
    """What is said where there is no time to read what is around a text."""
    if deadline.is_over:
        why = deadline.why
        return Looked((), "not checkable", why, (why,), lambda _: False)
    why = too_large(composed.pieces.text, deadline)
    found = _found_in_text(frame, text, deadline)
    return Looked(found.findings, "not checkable", why, found.problems, lambda _: False)


def _found_in_text(frame: Frame, text: str, deadline: Deadline) -> Found:
    """What the rules for any language find in the changed units, in their place."""
    changed = frame.change.with_text(text)
    start = frame.change.span.start
    window = Pieces.joined([(Span(start, start + len(changed)), changed)])
    found = find_in_text(changed, deadline)
    return Found(tuple(map(window.finding_there, found.findings)), found.problems)


def _concerns(finding: Finding, composed: Composition, following: frozenset[str]) -> bool:
    return (finding.rule in following and bool(finding.steps)) or any(
        span.overlaps(place)
        for place in composed.affected
        for span in (finding.span, *(step.span for step in finding.steps))
    )


def _level(level: Level, composed: Composition) -> Level:
    if composed.is_whole or level not in ("whole file", "repaired"):
        return level
    return "enclosing function"
