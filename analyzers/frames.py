"""Parts of a text around a change, and the text that they make with something in its place."""

from __future__ import annotations

from dataclasses import dataclass

from analyzers.changes import Change
from analyzers.finding import Span
from analyzers.pieces import Pieces
from analyzers.vocabulary import Vocabulary, vocabulary


@dataclass(frozen=True, slots=True)
class Composition:
    """Some units in the order of the text, the changed ones among them as one.

    pieces: what is to be read.
    changed_at: where in the joined text the changed units begin.
    affected: places whose findings the change may bring or take away; the rest is there to be
        understood.
    focus: where in the joined text these are.
    is_whole: whether everything that has to do with the change is there, and all else parses.
    """

    pieces: Pieces
    changed_at: int
    affected: tuple[Span, ...]
    focus: tuple[Span, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """What is to be read around a change, whatever stands in the insertion's place.

    before, after: parts above the changed units and below them, which are only then complete.
    affected: the numbers of the parts that the change affects; the changed one is in its order.
    said, near, others: the words of all but the changed units; of the affected of these with the
        imports of names that the affected use; and of the affected of these alone.
    """

    change: Change
    before: tuple[tuple[Span, str], ...]
    after: tuple[tuple[Span, str], ...]
    affected: tuple[int, ...]
    said: Vocabulary
    near: Vocabulary
    others: Vocabulary
    is_whole: bool

    @property
    def n_lines(self) -> int:
        """How many lines are read around the change."""
        return sum(part.count("\n") for _, part in (*self.before, *self.after))

    def words(self, text: str) -> tuple[Vocabulary, Vocabulary]:
        """The words of all that is to be read, `text` in the insertion's place.

        Second: those of the affected parts and of the imports of names that they use.
        """
        changed = vocabulary([self.change.with_text(text)])
        return self.said.joined(changed), self.near.joined(changed)

    def filled(self, text: str) -> Composition:
        """What is to be read where `text` is in the insertion's place."""
        change = self.change
        n_added = len(text) - (change.placed.end - change.placed.start)
        span = change.span
        parts = [
            *self.before,
            (Span(span.start, span.end + n_added), change.with_text(text)),
            *((_moved(span, n_added), part) for span, part in self.after),
        ]
        pieces = Pieces.joined(parts)
        return Composition(
            pieces,
            pieces.starts[len(self.before)],
            tuple(parts[i][0] for i in self.affected),
            tuple(
                Span(pieces.starts[i], pieces.starts[i] + len(parts[i][1])) for i in self.affected
            ),
            self.is_whole,
        )


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
