"""What must be read when a part of a text changes: that part, what it touches, and the imports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from analyzers.delta import Insertion
from analyzers.finding import Span
from analyzers.pieces import Pieces
from analyzers.units import Facts, Unit, facts_of, split

# Beyond the changed part itself. More would take longer to read than a keystroke may.
MOST_LINES_AROUND = 250
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Change:
    """Where an insertion falls among the units of its document.

    first, last: the changed units, half-open.
    names: what the changed units define, with the insertion or without.
    """

    units: tuple[Unit, ...]
    first: int
    last: int
    names: frozenset[str]

    @property
    def span(self) -> Span:
        """The changed units in the document."""
        return Span(self.units[self.first].span.start, self.units[self.last - 1].span.end)


@dataclass(frozen=True, slots=True)
class Composition:
    """Some units in the order of the text, the changed ones among them as one.

    pieces: what is to be read.
    changed_at: where in the joined text the changed units begin.
    affected: places whose findings the change may bring or take away; the rest is there to be
        understood.
    is_whole: whether everything that has to do with the change is there, and all else parses.
    """

    pieces: Pieces
    changed_at: int
    affected: tuple[Span, ...]
    is_whole: bool


def locate(document: str, insertion: Insertion) -> Change:
    """The units that an insertion changes.

    With the unit before where the insertion begins a unit's line: it may continue that one. With
    broken neighbours: they may be halves of one statement.
    """
    units = split(document) or (Unit(Span(0, 0), ""),)
    first = last = 0
    for i, unit in enumerate(units):
        if unit.span.start < insertion.span.start:
            first = i
        if unit.span.start <= insertion.span.end:
            last = i + 1
    first = min(first, last - 1)
    while first > 0 and not units[first - 1].facts.parses:
        first -= 1
    while last < len(units) and not units[last].facts.parses:
        last += 1
    old = (units[i].facts.defines for i in range(first, last))
    change = Change(units, first, last, frozenset())
    new = facts_of(changed_text(change, document, insertion)).defines
    return Change(units, first, last, new.union(*old))


def changed_text(change: Change, document: str, insertion: Insertion) -> str:
    """The changed units with the insertion."""
    span = change.span
    before, after = insertion.span.start, insertion.span.end
    return document[span.start : before] + insertion.text + document[after : span.end]


def compose(change: Change, changed: str, n_added: int) -> Composition:
    """What is to be read when the changed units are `changed`, `n_added` characters longer.

    The imports of what is left out come first, and the rest in its order.
    """
    units = change.units
    dependents, was_cut = _dependents(change)
    around, is_cut = _used(change, dependents, facts_of(changed))
    writer = _Writer([], [], None)
    for i, unit in enumerate(units):
        if _is_out(i, change) and i not in around:
            writer.write_imports(unit, n_added if i >= change.last else 0)
    changed_at = 0
    for i, unit in enumerate(units):
        if i == change.first:
            changed_at = writer.write_changed(change, changed, n_added)
        elif i in around and not unit.is_head:
            writer.write(unit, n_added if i >= change.last else 0, i in dependents)
    broken = any(not unit.facts.parses for i, unit in enumerate(units) if _is_out(i, change))
    is_whole = not (was_cut or is_cut or broken)
    pieces = Pieces.joined(writer.parts)
    return Composition(pieces, pieces.starts[changed_at], tuple(writer.affected), is_whole)


@dataclass(slots=True)
class _Writer:
    """Puts units one below the other. opened: the class that the next member may continue."""

    parts: list[tuple[Span, str]]
    affected: list[Span]
    opened: Unit | None

    def write_imports(self, unit: Unit, shift: int) -> None:
        for span in unit.imports:
            text = unit.text[span.start - unit.span.start : span.end - unit.span.start]
            self.parts.append((_moved(span, shift), text))

    def write(self, unit: Unit, shift: int, is_affected: bool) -> None:
        self._open(unit, shift)
        self.parts.append((_moved(unit.span, shift), unit.text))
        if is_affected:
            self.affected.append(self.parts[-1][0])

    def write_changed(self, change: Change, changed: str, n_added: int) -> int:
        self._open(change.units[change.first], 0)
        span = change.span
        self.parts.append((Span(span.start, span.end + n_added), changed))
        self.affected.append(self.parts[-1][0])
        last = change.units[change.last - 1]
        self.opened = last if last.is_head else last.head
        return len(self.parts) - 1

    def _open(self, unit: Unit, shift: int) -> None:
        head = unit.head
        if head is not None and head != self.opened:
            indent = unit.text[: len(unit.text) - len(unit.text.lstrip(" \t"))]
            # A class that begins after the change moved with it; one that holds it did not.
            start = head.span.start + shift
            self.parts.append((Span(start, start + len(head.text)), head.text))
            end = self.parts[-1][0].end
            self.parts.append((Span(end, end), f"{indent}pass\n"))
        self.opened = head


def _is_out(i: int, change: Change) -> bool:
    return not change.first <= i < change.last


def _dependents(change: Change) -> tuple[set[int], bool]:
    """The units outside of the change that use what it defines, and what these define."""
    names = change.names
    found: set[int] = set()
    n_lines = 0
    for _ in range(_ROUNDS):
        new = [
            i
            for i, unit in enumerate(change.units)
            if i not in found and _is_out(i, change) and not unit.facts.uses.isdisjoint(names)
        ]
        n_lines += sum(change.units[i].facts.n_lines for i in new)
        if n_lines > MOST_LINES_AROUND:
            return found, True
        found.update(new)
        names = frozenset[str]().union(*(change.units[i].facts.defines for i in new))
        if not new:
            break
    return found, False


def _used(change: Change, dependents: Iterable[int], own: Facts) -> tuple[set[int], bool]:
    """These units and the ones whose names they, or the changed ones, use."""
    found = set(dependents)
    uses = own.uses.union(*(change.units[i].facts.uses for i in found))
    n_lines = sum(change.units[i].facts.n_lines for i in found)
    for _ in range(_ROUNDS):
        new = [
            i
            for i, unit in enumerate(change.units)
            if i not in found and _is_out(i, change) and not unit.facts.defines.isdisjoint(uses)
        ]
        n_lines += sum(change.units[i].facts.n_lines for i in new)
        if n_lines > MOST_LINES_AROUND:
            return found, True
        found.update(new)
        uses = frozenset[str]().union(*(change.units[i].facts.uses for i in new))
        if not new:
            break
    return found, False


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
