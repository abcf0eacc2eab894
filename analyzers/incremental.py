"""What an insertion brings, from the units that it changes and those that these touch.

`analyzers.analysis` looks at whole texts and is the definition. Here the units that have nothing to
do with the insertion are not looked at again: what they held before, they hold.
"""

from __future__ import annotations

import ast
import functools
import re
from dataclasses import replace

from analyzers.analysis import MAX_TEXT_CHARS, Looked, look
from analyzers.changes import locate
from analyzers.composed import look_in, touched, unread
from analyzers.composition import frame_of
from analyzers.deadline import Deadline
from analyzers.delta import Insertion, brought
from analyzers.finding import Finding, Span
from analyzers.frames import Frame
from analyzers.holes import Hole
from analyzers.languages import kind_of
from analyzers.levels import is_silent, read
from analyzers.project import Project
from analyzers.reading.parsing import Problem, parse
from analyzers.relevance import due
from analyzers.selection import MOST_LINES_ASIDE
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
        frame = frame_of(locate(readable(self.document), insertion))
        if frame.n_lines > MOST_LINES_ASIDE and not frame.words(insertion.text)[0].is_remote:
            # What is far off is read for the sake of flows from the network, and there are none.
            return frame_of(frame.change, MOST_LINES_ASIDE)
        return frame

    @functools.cached_property
    def near(self) -> Frame | None:
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
        frame = self.near if is_part else self.frame
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
            return unread(frame, text, composed, self.deadline)
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
        if not isinstance(reading, Problem):
            reading.code.may_be_remote = frame.words(text)[0].is_remote
        asked = only
        if asked is None:
            asked = due(*frame.words(text))
            if hole is None and not isinstance(reading, Problem):
                asked = touched(asked, frame, text, reading, placed)
        return look_in(frame, text, composed, placed, reading, self.deadline, asked)
