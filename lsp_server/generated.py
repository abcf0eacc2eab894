"""Which text of a document was generated here: what was offered, and what of it was accepted.

The protocol does not tell a server that its completion was accepted, least of all word by word. An
edit that puts the offered text, or a beginning of it, where it was offered is taken for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from analyzers.finding import Span
from lsp_server.documents import TextEdit

# Editors show an older offer for a while when a newer request comes to nothing.
_MAX_OFFERS = 8
# One character is what a user types; a word or more at once is what an editor accepts.
_LEAST_ACCEPTED = 2


@dataclass(frozen=True, slots=True)
class Offer:
    """Text that was sent to stand from `start` on.

    is_marked: whether there are findings in it that its acceptance must show.
    unchecked: why it could not be checked, None for what was.
    is_partly_checked: whether it was read for what needs no analyzer of its language.
    """

    start: int
    text: str
    is_marked: bool = False
    unchecked: str | None = None
    is_partly_checked: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """Generated text that stands in the document; see `Offer`."""

    span: Span
    is_marked: bool = False
    unchecked: str | None = None
    is_partly_checked: bool = False


@dataclass(slots=True)
class GeneratedText:
    """Follows the edits of one document. Edits are told once, in order."""

    marks: tuple[Mark, ...] = ()
    _offers: list[Offer] = field(default_factory=list)

    def offer(self, offer: Offer) -> None:
        """Notes what was sent for the text as it is now."""
        self._offers = [*self._offers[1 - _MAX_OFFERS :], offer]

    def edited(self, edits: Sequence[TextEdit], text: str) -> bool:
        """Takes edits in, after which the document is `text`; returns whether any accepted."""
        n_accepted = 0
        for edit in edits:
            marks = [moved for mark in self.marks for moved in _moved(mark, edit)]
            accepted = self._accepted(edit)
            # The text between several edits is not known; only the last one's can be compared.
            if accepted is not None and (edit is not edits[-1] or self._stands(accepted, text)):
                n_accepted += 1
                # What was accepted word by word is one piece in the end.
                marks = [mark for mark in marks if not _holds(accepted.span, mark.span)]
                marks.append(accepted)
            self.marks = tuple(sorted(marks, key=lambda mark: (mark.span.start, mark.span.end)))
        return n_accepted > 0

    def was_read(self) -> bool:
        """The whole document has been checked since; returns whether that changed anything."""
        before = self.marks
        self.marks = tuple(replace(mark, unchecked=None) for mark in before)
        return self.marks != before

    def overlaps(self, span: Span) -> bool:
        """Whether any of that text was generated."""
        return any(mark.span.overlaps(span) for mark in self.marks)

    def _stands(self, mark: Mark, text: str) -> bool:
        placed = text[mark.span.start : mark.span.end]
        return any(
            offer.start == mark.span.start and offer.text.startswith(placed)
            for offer in self._offers
        )

    def _accepted(self, edit: TextEdit) -> Mark | None:
        accepted = None
        offers = []
        for offer in self._offers:
            if edit.end <= offer.start and (edit.end, edit.start) != (offer.start, offer.start):
                shift = len(edit.text) - (edit.end - edit.start)
                offers.append(replace(offer, start=offer.start + shift))
                continue
            offers.append(offer)
            at = edit.start - offer.start
            if not edit.text or at < 0 or not offer.text.startswith(edit.text, at):
                continue
            n = at + len(edit.text)
            if len(edit.text) >= _LEAST_ACCEPTED or n == len(offer.text):
                span = Span(offer.start, offer.start + n)
                accepted = Mark(span, offer.is_marked, offer.unchecked, offer.is_partly_checked)
        self._offers = offers
        return accepted


def _moved(mark: Mark, edit: TextEdit) -> list[Mark]:
    """What is left of a mark, without the text that the edit brought."""
    span, shift = mark.span, len(edit.text) - (edit.end - edit.start)
    if edit.start >= span.end:
        return [mark]
    if edit.end <= span.start:
        return [replace(mark, span=Span(span.start + shift, span.end + shift))]
    left = Span(span.start, max(edit.start, span.start))
    right = Span(max(edit.end, span.start) + shift, span.end + shift)
    return [replace(mark, span=part) for part in (left, right) if part.start < part.end]


def _holds(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
