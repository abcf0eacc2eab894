"""What must be read when a part of a text changes: that part, what it touches, and the imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from analyzers.changes import Change, is_plain
from analyzers.finding import Span
from analyzers.pieces import Pieces
from analyzers.relevance import may_follow
from analyzers.spelling import plain
from analyzers.unit_names import families, used_by, users_of
from analyzers.units import Unit
from analyzers.vocabulary import Vocabulary, has_remote, vocabulary

# Beyond the changed part itself. More would take longer to read than a keystroke may.
MOST_LINES_AROUND = 150
MOST_SHORT_ONES = 60
_SHORT = 4
_ROUNDS = 3
_NAME = re.compile(r"\w+")


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


def frame_of(change: Change) -> Frame:
    """What is to be read: the imports of what is left out first, and the rest in its order."""
    units = change.units
    kin = families(units)
    dependents, was_cut = _dependents(change, kin)
    around, is_cut = _used(change, dependents, kin)
    around |= _beside(change)
    writer = _Writer([], [], None)
    for i, unit in enumerate(units):
        if unit.facts.imports and _is_out(i, change) and i not in around:
            writer.write_imports(unit)
    n_imports = len(writer.parts)
    at = 0
    for i, unit in enumerate(units):
        if i == change.first:
            at = writer.write_changed(change)
        elif i in around and unit.is_head:
            writer.open(unit, units[i + 1])
        elif i in around:
            writer.write(unit, i in dependents)
    broken = any(not unit.facts.parses for i, unit in enumerate(units) if _is_out(i, change))
    imports = _imports(change, dependents)
    members = (*change.changed, *(units[i] for i in dependents))
    # What a class is decides what its methods are given.
    heads = sorted({unit.head.text for unit in members if unit.head is not None})
    others = [writer.parts[i][1] for i in writer.affected if i != at]
    return Frame(
        change,
        tuple(writer.parts[:at]),
        tuple(writer.parts[at + 1 :]),
        tuple(writer.affected),
        vocabulary(
            [
                "".join(f"{text}\n" for _, text in writer.parts[:n_imports]),
                *(text for _, text in writer.parts[n_imports:]),
            ]
        ),
        vocabulary([imports, *heads, *others]),
        vocabulary(others),
        not (was_cut or is_cut or broken),
    )


@dataclass(slots=True)
class _Writer:
    """Puts units one below the other. opened: the class that the next member may continue."""

    parts: list[tuple[Span, str]]
    affected: list[int]
    opened: Unit | None

    def write_imports(self, unit: Unit) -> None:
        for span in unit.imports:
            text = unit.text[span.start - unit.span.start : span.end - unit.span.start]
            self.parts.append((span, text))

    def write(self, unit: Unit, is_affected: bool) -> None:
        self.open(unit.head, unit)
        if is_affected:
            self.affected.append(len(self.parts))
        self.parts.append((unit.span, unit.text))

    def write_changed(self, change: Change) -> int:
        self.open(change.units[change.first].head, change.units[change.first])
        self.affected.append(len(self.parts))
        self.parts.append((change.span, ""))
        last = change.units[change.last - 1]
        self.opened = last if last.is_head else last.head
        return len(self.parts) - 1

    def open(self, head: Unit | None, member: Unit) -> None:
        """Opens a class for a member, and leaves the one before it open if it is the same."""
        if head is not None and head != self.opened:
            indent = member.text[: len(member.text) - len(member.text.lstrip(" \t"))]
            self.parts.append((head.span, head.text))
            self.parts.append((Span(head.span.end, head.span.end), f"{indent}pass\n"))
        self.opened = head


def _is_out(i: int, change: Change) -> bool:
    return not change.first <= i < change.last


def _dependents(change: Change, kin: Mapping[str, str]) -> tuple[set[int], bool]:
    """The units outside of the change that use what it defines, and those that use these."""
    begins = any(map(_begins_remote, change.changed))
    ends = any(may_follow(unit.text) for unit in change.changed)
    names = any(is_plain(unit) for unit in change.changed) or any(map(_begins_remote, change.units))

    def is_due(unit: Unit) -> bool:
        """Whether data may flow between it and the change, or it may be about a changed name."""
        return names or (begins and may_follow(unit.text)) or (ends and _begins_remote(unit))

    def leading_to(frontier: Sequence[Unit]) -> Callable[[Unit], bool]:
        uses = users_of(frontier, kin)
        return lambda unit: uses(unit) and is_due(unit)

    return _grown(change, set(), change.changed, leading_to)


def _begins_remote(unit: Unit) -> bool:
    """Whether data from the network may begin in it, as in the method of a handler."""
    return has_remote(unit.text) or (unit.head is not None and has_remote(unit.head.text))


def _used(change: Change, dependents: set[int], kin: Mapping[str, str]) -> tuple[set[int], bool]:
    """The dependents, and what they and the changed units use."""
    start = [*change.changed, *(change.units[i] for i in dependents)]
    return _grown(change, dependents, start, partial(used_by, kin=kin))


def _grown(
    change: Change,
    known: set[int],
    frontier: Sequence[Unit],
    leading: Callable[[Sequence[Unit]], Callable[[Unit], bool]],
) -> tuple[set[int], bool]:
    """The known units and those that the frontier leads to, in a few rounds.

    Second: whether there were too many.
    """
    found = set(known)
    n_lines = sum(change.units[i].facts.n_lines for i in found)
    for _ in range(_ROUNDS):
        is_led_to = leading(frontier)
        new = [
            i
            for i, unit in enumerate(change.units)
            if i not in found and _is_out(i, change) and is_led_to(unit)
        ]
        if not new:
            break
        n_lines += sum(change.units[i].facts.n_lines for i in new)
        if n_lines > MOST_LINES_AROUND:
            return found, True
        found.update(new)
        # What is named in one round may say whose attributes those of the last one are.
        frontier = [*frontier, *(change.units[i] for i in new)]
    return found, False


def _beside(change: Change) -> set[int]:
    """For a statement of the file itself the short ones around it: settings are read together."""
    if not all(unit.head is None and is_plain(unit) for unit in change.changed):
        return set()
    near = sorted(range(len(change.units)), key=lambda i: abs(i - change.first))
    plain = [
        i
        for i in near
        if _is_out(i, change)
        and change.units[i].head is None
        and change.units[i].facts.n_lines <= _SHORT
        and is_plain(change.units[i])
    ]
    return set(plain[:MOST_SHORT_ONES])


def _imports(change: Change, dependents: set[int]) -> str:
    """The imports that give a name to what is affected; one of a module alone is said again."""
    affected = [*change.changed, *(change.units[i] for i in dependents)]
    uses = frozenset[str]().union(*(unit.facts.uses for unit in affected))
    importing = (unit for unit in change.units if unit.facts.imports)
    texts = (change.text[span.start : span.end] for unit in importing for span in unit.imports)
    return "".join(
        f"{text}\n"
        for text in texts
        if (text.startswith("from") or " as " in text)
        and ("*" in text or not uses.isdisjoint(_NAME.findall(plain(text))))
    )


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
