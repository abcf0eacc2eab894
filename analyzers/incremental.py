"""What an insertion brings, from the units that it changes and those that these touch.

`analyzers.analysis` looks at whole texts and is the definition. Here the units that have nothing to
do with the insertion are not looked at again: what they held before, they hold.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import replace

from analyzers.analysis import MAX_TEXT_CHARS, Looked, look, too_large
from analyzers.changes import locate
from analyzers.composition import MOST_LINES_ASIDE, Composition, Frame, frame_of
from analyzers.deadline import Deadline
from analyzers.delta import Insertion, brought
from analyzers.duplicates import distinct
from analyzers.finding import Finding, Span
from analyzers.fixes.offers import with_fixes
from analyzers.flow.analysis import is_plain, is_without_remote
from analyzers.holes import Hole
from analyzers.influence import touched_names
from analyzers.languages import kind_of
from analyzers.levels import Reading, is_silent, read
from analyzers.pieces import Pieces
from analyzers.project import Project
from analyzers.reading.parsing import Problem, parse
from analyzers.registry import rules
from analyzers.relevance import are_called, due, follows_data, unproven
from analyzers.report import Level
from analyzers.scanner import Found, find_in_code, find_in_text
from analyzers.text_lines import readable

# Lines of one text that end as those of old systems do are not told apart by the cut.
_OLD_ENDS = re.compile(r"\r(?!\n|\Z)")


class Place:
    """A place in a document, asked what it would bring to have one text or another in it.

    insertion: the place, and the longest of the texts.
    deadline: until when all questions together are to be answered; `budget_s` from now if None.
    """

    def __init__(
        self,
        document: str,
        insertion: Insertion,
        language: str,
        project: Project,
        budget_s: float,
        deadline: Deadline | None = None,
    ) -> None:
        self.document = document
        self.insertion = insertion
        self.language = language
        self._project = project
        self.deadline = deadline or Deadline.after(budget_s)
        self._budget_s = budget_s
        self._befores: dict[tuple[frozenset[str], bool], Looked] = {}
        self._last: tuple[str, Looked] | None = None

    def with_text(self, text: str, deadline: Deadline | None = None) -> Place:
        """The same place for another text, with as much time anew if no deadline is given."""
        insertion = Insertion(self.insertion.span, text)
        budget_s = self._budget_s
        return Place(self.document, insertion, self.language, self._project, budget_s, deadline)

    def another_deadline(self) -> Deadline:
        """As much time as there was for this place, from now on."""
        return Deadline.after(self._budget_s)

    def brings(
        self, text: str, only: frozenset[str] | None = None, *, must_run: bool = False
    ) -> tuple[tuple[Finding, ...], Looked]:
        """What `text` brings here, and what was seen of the document that has it.

        only: the names of the rules for code to ask, None for all.
        must_run: what can only be read with repairs need not be looked into.
        """
        after = (
            self.look(text)
            if only is None
            else self._look(text, only, must_run=must_run, is_part=True)
        )
        if not after.findings:
            return (), after
        # Only where something is there does it matter what was there before.
        insertion = Insertion(self.insertion.span, text)
        rules = frozenset(finding.rule for finding in after.findings)
        before = self._before(rules, is_part=only is not None)
        new = brought(after.findings, before.findings, self.document, insertion, before.has_read)
        return new, after

    def look(self, text: str) -> Looked:
        """What is in the document that has `text` here; the last answer is kept."""
        if self._last is None or self._last[0] != text:
            self._last = text, self._look(text)
        return self._last[1]

    @functools.cached_property
    def frame(self) -> Frame | None:
        """What is to be read around the place; None if always the whole text is."""
        is_python = kind_of(self.language) == "python"
        n_inserted = len(self.insertion.text)
        if not is_python or len(self.document) + n_inserted > MAX_TEXT_CHARS:
            return None
        if n_inserted > self.deadline.most_chars:
            return None
        insertion = Insertion(self.insertion.span, readable(self.insertion.text))
        if _OLD_ENDS.search(self.document) or _OLD_ENDS.search(insertion.text):
            return None
        return frame_of(locate(readable(self.document), insertion))

    @functools.cached_property
    def _near(self) -> Frame | None:
        """As `frame`, with less of what is far off where that is long: for parts of the text.

        There are many of them, and the whole text is looked at in all that it has to do with.
        """
        frame = self.frame
        if frame is None or frame.n_lines <= MOST_LINES_ASIDE:
            return frame
        return frame_of(frame.change, MOST_LINES_ASIDE)

    def _before(self, rules: frozenset[str], *, is_part: bool) -> Looked:
        """What these rules find in the document as it was."""
        if (rules, is_part) not in self._befores:
            self._befores[rules, is_part] = self._look_before(rules, is_part=is_part)
        return self._befores[rules, is_part]

    def _look_before(self, rules: frozenset[str], *, is_part: bool) -> Looked:
        span = self.insertion.span
        hole = None
        if is_silent(self.document[span.start : span.end]):
            # A finding that hangs on what is missing here was not there before.
            behind = self.insertion.text[:1]
            hole = Hole(span.start, is_glued=behind.isalnum() or behind == "_")
        return self._look(self.document[span.start : span.end], rules, hole=hole, is_part=is_part)

    @functools.cached_property
    def _is_newer(self) -> bool:
        """Whether the host alone cannot read what is around the place with the longest text."""
        assert self.frame is not None
        text = self.frame.filled(readable(self.insertion.text)).pieces.text
        return isinstance(parse(text, may_be_newer=False), Problem)

    def _look(
        self,
        text: str,
        only: frozenset[str] | None = None,
        *,
        must_run: bool = False,
        hole: Hole | None = None,
        is_part: bool = False,
    ) -> Looked:
        frame = self._near if is_part else self.frame
        if frame is None:
            insertion = Insertion(self.insertion.span, text)
            applied = insertion.applied(self.document)
            return look(
                applied,
                insertion.placed,
                self.language,
                self._project,
                self.deadline,
                only,
                must_run=must_run,
                hole=hole,
            )
        text = readable(text)
        composed = frame.filled(text)
        if len(composed.pieces.text) > self.deadline.most_chars or self.deadline.is_over:
            return _unread(frame, text, composed, self.deadline)
        tree: ast.Module | None = None
        if must_run:
            # What is newer in a part of the text is so in the text.
            parsed = parse(composed.pieces.text, may_be_newer=self._is_newer)
            if isinstance(parsed, Problem):
                return Looked((), "repaired", is_repaired=True)
            tree = parsed
        at = frame.change.placed.start - frame.change.span.start + composed.changed_at
        placed = Span(at, at + len(text))
        asked_for = composed.focus, tree, hole and replace(hole, at=at), self.deadline
        reading = read(composed.pieces.text, placed, self._project, *asked_for)
        asked = only
        if asked is None:
            asked = due(*frame.words(text))
            if hole is None and not isinstance(reading, Problem):
                asked = _touched(asked, frame, text, reading, placed)
        return _look_in(frame, text, composed, placed, reading, self.deadline, asked)


def prepare(document: str, span: Span, language: str) -> None:
    """Finds out what a check of an insertion at `span` will want to know of the document.

    For the time in which the insertion is being made; nothing depends on it.
    """
    if kind_of(language) == "python" and len(document) <= MAX_TEXT_CHARS:
        text = readable(document)
        if 0 <= span.start <= span.end <= len(text):
            as_it_is = Insertion(span, text[span.start : span.end])
            frame_of(locate(text, as_it_is)).words("")


def _touched(
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


def _unread(frame: Frame, text: str, composed: Composition, deadline: Deadline) -> Looked:
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


def _look_in(
    frame: Frame,
    text: str,
    composed: Composition,
    placed: Span,
    reading: Reading | Problem,
    deadline: Deadline,
    asked: frozenset[str],
) -> Looked:
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
