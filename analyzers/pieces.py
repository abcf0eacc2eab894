"""Parts of a text put together to be read as one, and the way back for what is found there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate

from analyzers.finding import Edit, Finding, Fix, Span, Step


@dataclass(frozen=True, slots=True)
class Pieces:
    """Some parts of a text.

    text: the parts, joined.
    spans: where each stands in the whole text; in order, without overlap.
    starts: where each begins in the joined text.
    """

    text: str
    spans: tuple[Span, ...]
    starts: tuple[int, ...]

    @classmethod
    def of(cls, text: str, spans: Iterable[Span]) -> Pieces:
        """The parts of `text` at `spans`, each on lines of its own."""
        return cls.joined((span, text[span.start : span.end]) for span in spans)

    @classmethod
    def joined(cls, parts: Iterable[tuple[Span, str]]) -> Pieces:
        """Parts with their texts; what stands for an empty span was added for the parser."""
        listed = tuple(parts)
        ended = [part if part.endswith(("\n", "\r")) else f"{part}\n" for _, part in listed]
        starts = accumulate((len(part) for part in ended[:-1]), initial=0)
        return cls("".join(ended), tuple(span for span, _ in listed), tuple(starts))

    @classmethod
    def whole(cls, text: str) -> Pieces:
        """All of a text as its only part."""
        return cls(text, (Span(0, len(text)),), (0,))

    def here(self, offset: int) -> int:
        """Where in the joined text a place of the whole text stands, or what is nearest after."""
        i = bisect_right([span.start for span in self.spans], offset) - 1
        if i < 0:
            return 0
        return self.starts[i] + min(offset, self.spans[i].end) - self.spans[i].start

    def there(self, offset: int) -> int:
        """Where in the whole text a place of the joined text stands."""
        return self._there(offset, 0)

    def span_there(self, span: Span) -> Span:
        """A span of the joined text in the whole one."""
        start = self.there(span.start)
        end = self._there(span.end - 1, 1) if span.end > span.start else start
        return Span(start, max(end, start))

    def _there(self, offset: int, beyond: int) -> int:
        i = max(bisect_right(self.starts, offset) - 1, 0)
        return min(self.spans[i].start + offset - self.starts[i] + beyond, self.spans[i].end)

    def finding_there(self, finding: Finding) -> Finding:
        """A finding of the joined text in the whole one."""
        fix = finding.fix
        return replace(
            finding,
            span=self.span_there(finding.span),
            steps=tuple(Step(self.span_there(step.span), step.note) for step in finding.steps),
            fix=fix
            and Fix(
                fix.title,
                tuple(Edit(self.span_there(edit.span), edit.text) for edit in fix.edits),
            ),
        )
