"""Where an insertion falls among the units of a text, and what these were without it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from analyzers.delta import Insertion
from analyzers.finding import Span
from analyzers.openness import states
from analyzers.units import Unit, begins_unit, split, split_like

# The head of a function with its end, and what may give more than the function's inside a meaning.
_BODY = re.compile(
    r"^[ \t]*(?:async[ \t]+)?def\b[^\n]*(?:\n[^\n]*){0,30}?:[ \t]*(?:#[^\n]*)?\n", re.MULTILINE
)
_STARTS_MORE = re.compile(r"\b(?:def|class|global|nonlocal|import)\b|@")


@dataclass(frozen=True, slots=True)
class Change:
    """Where an insertion falls among the units of the text that has it.

    first, last: the changed units, half-open.
    changed: these units, and what they were without the insertion.
    """

    text: str
    placed: Span
    units: tuple[Unit, ...]
    first: int
    last: int
    changed: tuple[Unit, ...] = ()

    @property
    def span(self) -> Span:
        """The changed units in the text."""
        return Span(self.units[self.first].span.start, self.units[self.last - 1].span.end)

    def with_text(self, text: str) -> str:
        """The changed units with another text in the insertion's place."""
        span = self.span
        return (
            self.text[span.start : self.placed.start] + text + self.text[self.placed.end : span.end]
        )


def locate(document: str, insertion: Insertion) -> Change:
    """The units of the text with the insertion that hold it."""
    text = insertion.applied(document)
    placed = insertion.placed
    units = split_like(text, placed, document, insertion.span) or (Unit.of(Span(0, 0), ""),)
    first = max((i for i, unit in enumerate(units) if unit.span.start <= placed.start), default=0)
    last = first + 1
    while last < len(units) and units[last].span.start < placed.end:
        last += 1
    # The first or last of them may be one part of what was cut in two.
    first -= first > 0 and not units[first - 1].facts.parses
    last += last < len(units) and not units[last].facts.parses
    change = Change(text, placed, units, first, last)
    if _only_adds(change, insertion):
        return replace(change, changed=units[first:last])
    old = _without(change, document, insertion)
    if first > 0 and units[first].head is None and not begins_unit(old[0].text):
        # Without the insertion it goes on with what stands above.
        change = replace(change, first=first - 1)
        old = _without(change, document, insertion)
    if last < len(units) and _begins_more(old[-1], insertion) and not old[-1].facts.parses:
        # What was taken away began what follows, as a decorator does.
        change = replace(change, last=last + 1)
        old = _without(change, document, insertion)
    return replace(change, changed=(*units[change.first : change.last], *old))


def _without(change: Change, document: str, insertion: Insertion) -> Sequence[Unit]:
    """The changed units as they were."""
    without = change.with_text(document[insertion.span.start : insertion.span.end])
    head = change.units[change.first].head
    if head:
        return (Unit.of(Span(0, len(without)), without, head),)
    return split(without) or (Unit.of(Span(0, 0), ""),)


def _only_adds(change: Change, insertion: Insertion) -> bool:
    """Whether all that the changed unit says without the insertion it says with it too.

    So it is with whole statements and parts of such in the body of a function: what the function
    is called and where it ends stays as it is.
    """
    if change.last - change.first > 1 or insertion.span.start < insertion.span.end:
        return False
    unit = change.units[change.first]
    start = insertion.span.start - unit.span.start
    above = unit.text[: max(start, 0)]
    behind = unit.text[start + len(insertion.text) :]
    last_line = above.rpartition("\n")[2]
    return bool(
        not unit.is_plain
        and not unit.is_head
        and last_line[:1] in (" ", "\t")
        and behind.strip()
        and _BODY.search(above)
        and _STARTS_MORE.search(last_line + insertion.text) is None
        and _is_balanced(insertion.text)
        and _is_balanced(unit.text)
    )


def _is_balanced(text: str) -> bool:
    """Whether brackets and quotes are even in number, in texts and comments too."""
    return (
        all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))
        and not any(text.count(quote) % 2 for quote in ('"', "'"))
        and not text.rstrip().endswith("\\")
    )


def _begins_more(unit: Unit, insertion: Insertion) -> bool:
    """Whether what follows the unit may be a part of it, where it is no whole statement."""
    if insertion.span.start < insertion.span.end:
        return True
    _, _, last = unit.text.rstrip().rpartition("\n")
    (state,) = states(unit.text, [len(unit.text)])
    return bool(last.lstrip().startswith("@") or last.endswith("\\") or state.depth or state.quote)
