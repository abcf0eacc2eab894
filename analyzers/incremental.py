"""What an insertion brings, from the units that it changes and those that these touch.

`analyzers.analysis` looks at whole texts and is the definition. Here the units that have nothing to
do with the insertion are not looked at again: what they held before, they hold.
"""

from __future__ import annotations

from analyzers.analysis import MAX_TEXT_CHARS, Looked, look
from analyzers.composition import Change, Composition, compose, locate
from analyzers.deadline import Deadline
from analyzers.delta import Insertion, brought
from analyzers.duplicates import distinct
from analyzers.finding import Finding, Span
from analyzers.languages import kind_of
from analyzers.levels import read
from analyzers.pieces import Pieces
from analyzers.project import Project
from analyzers.reading.parsing import Problem
from analyzers.report import Level
from analyzers.scanner import find_in_code, find_in_text


class Document:
    """A document in a language, asked what insertions bring.

    What is worked out about it is kept for as long as this is.
    """

    def __init__(self, text: str, language: str, project: Project, budget_s: float) -> None:
        self._text = text
        self._language = language
        self._project = project
        self._budget_s = budget_s
        self._before: dict[Span, Looked] = {}

    def brings(self, insertion: Insertion) -> tuple[tuple[Finding, ...], Looked]:
        """What an insertion brings, and what was seen of the text that has it."""
        deadline = Deadline.after(self._budget_s)
        if kind_of(self._language) != "python" or len(self._text) > MAX_TEXT_CHARS:
            return self._plainly(insertion, deadline)
        change = locate(self._text, insertion)
        after = self._look(change, insertion.text, deadline)
        if not after.findings:
            return (), after
        # Only a text that holds something needs to be compared.
        span = insertion.span
        before = self._look(change, self._text[span.start : span.end], deadline)
        new = brought(after.findings, before.findings, self._text, insertion, before.has_read)
        return new, after

    def _plainly(
        self, insertion: Insertion, deadline: Deadline
    ) -> tuple[tuple[Finding, ...], Looked]:
        text = insertion.applied(self._text)
        after = look(text, insertion.placed, self._language, self._project, deadline)
        if not after.findings:
            return (), after
        before = self._before.get(insertion.span)
        if before is None:
            before = look(self._text, insertion.span, self._language, self._project, deadline)
            self._before[insertion.span] = before
        new = brought(after.findings, before.findings, self._text, insertion, before.has_read)
        return new, after

    def _look(self, change: Change, text: str, deadline: Deadline) -> Looked:
        """What is in the text that has `text` in the insertion's place."""
        composed = compose(change, text)
        at = change.placed.start - change.span.start + composed.changed_at
        here = Span(at, at + len(text))
        reading = read(composed.pieces.text, here, self._project, composed.focus)
        changed = change.with_text(text)
        in_text = find_in_text(changed, deadline)
        start = change.span.start
        window = Pieces.joined([(Span(start, start + len(changed)), changed)])
        seen = tuple(map(window.finding_there, in_text.findings))
        if isinstance(reading, Problem):
            return Looked(seen, "not checkable", f"does not parse: {reading}", in_text.problems)
        in_code = find_in_code(reading.code, deadline)
        placed = (
            composed.pieces.finding_there(reading.pieces.finding_there(finding))
            for finding in in_code.findings
        )
        findings = distinct([*(f for f in placed if _concerns(f, composed)), *seen])
        problems = (*in_text.problems, *in_code.problems)
        unread = [composed.pieces.span_there(span) for span in reading.unread]
        return Looked(
            findings,
            "not checkable" if problems else _level(reading.level, composed),
            "; ".join(problems),
            problems,
            lambda offset: not any(span.start <= offset < span.end for span in unread),
            reading.is_open,
        )


def _concerns(finding: Finding, composed: Composition) -> bool:
    return any(
        span.overlaps(place)
        for place in composed.affected
        for span in (finding.span, *(step.span for step in finding.steps))
    )


def _level(level: Level, composed: Composition) -> Level:
    if composed.is_whole or level not in ("whole file", "repaired"):
        return level
    return "enclosing function"
