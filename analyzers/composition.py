"""What must be read when a part of a text changes: that part, what it touches, and the imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from analyzers.changes import Change
from analyzers.finding import Span
from analyzers.passages import Flows, Names
from analyzers.pieces import Pieces
from analyzers.spelling import plain
from analyzers.unit_names import used_by, users_of, with_effects
from analyzers.units import Unit
from analyzers.vocabulary import Vocabulary, vocabulary

# What may have a part in a flow from the network is read to the end, but for files in which all has
# to do with all; what can have none, or is a part of the text alone, no further than the second.
MOST_LINES = 400
MOST_LINES_AFFECTED = 250
MOST_LINES_ASIDE = 150
MOST_SHORT_ONES = 60
_SHORT = 4
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


def frame_of(change: Change, most_lines: int = MOST_LINES) -> Frame:
    """What is to be read: the imports of what is left out first, and the rest in its order.

    most_lines: how many of what depends on the change, and of what is used, may be read.
    """
    change = _with_effects(change)
    units = change.units
    names = Names.of(units)
    flows = Flows(change, names)
    dependents, is_short = _dependents(change, names, flows, most_lines)
    used, is_cut = _used(change, dependents, names, flows, most_lines)
    around = {*used, *_beside(change)}
    writer = _Writer([], [], None)
    for i, unit in enumerate(units):
        if unit.facts.imports and _is_out(change, i) and i not in around:
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
    broken = any(not unit.facts.parses for i, unit in enumerate(units) if _is_out(change, i))
    imports = _imports(change, dependents)
    members = (*change.changed, *(units[i] for i in dependents))
    # What a class is decides what its methods are given.
    heads = sorted({unit.head.text for unit in members if unit.head is not None})
    others = [writer.parts[i][1] for i in writer.affected if i != at]
    said = vocabulary(
        [
            "".join(f"{text}\n" for _, text in writer.parts[:n_imports]),
            *(text for _, text in writer.parts[n_imports:]),
        ]
    )
    near = vocabulary([imports, *heads, *others])
    if flows.may_end_in(dependents):
        # Both ends may be in what the change uses, and it brings them together.
        near = near.joined(said)
    return Frame(
        change,
        tuple(writer.parts[:at]),
        tuple(writer.parts[at + 1 :]),
        tuple(writer.affected),
        said,
        near,
        vocabulary(others),
        not (broken or is_short or is_cut),
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


def _is_out(change: Change, i: int) -> bool:
    return not change.first <= i < change.last


def _with_effects(change: Change) -> Change:
    """The change, whose statements bend what is changed by the functions that they call."""
    units = with_effects([*change.units, *change.changed])
    n_units = len(change.units)
    return replace(change, units=units[:n_units], changed=units[n_units:])


def _dependents(
    change: Change, names: Names, flows: Flows, most_lines: int
) -> tuple[list[int], bool]:
    """The units outside of the change that use what it defines, and those that use these.

    Second: whether some were left out.
    """
    if any("*" in change.text[s.start : s.end] for unit in change.changed for s in unit.imports):
        # It may give any name another meaning.
        return _fitting(
            change, filter(partial(_is_out, change), range(len(change.units))), most_lines
        )
    leading = partial(users_of, kin=names.kin, imported=names.imported)
    if any(unit.is_plain for unit in change.changed):
        found = _grown(change, [], change.changed, leading)
        if _n_lines(change, found) <= min(MOST_LINES_ASIDE, most_lines):
            return found, False
        most_lines = min(MOST_LINES_AFFECTED, most_lines)
        return _fitting(change, filter(flows.may_have, found), most_lines)[0], True
    if not flows.are_there:
        return [], False
    found = _grown(change, [], change.changed, leading)
    return _fitting(change, filter(flows.may_share, found), min(MOST_LINES_AFFECTED, most_lines))


def _used(
    change: Change, dependents: list[int], names: Names, flows: Flows, most_lines: int
) -> tuple[list[int], bool]:
    """The dependents, and what they and the changed units use.

    Second: whether some were left out.
    """
    start = [*change.changed, *(change.units[i] for i in dependents)]
    leading = partial(used_by, kin=names.kin, imported=names.imported)
    found = _grown(change, dependents, start, leading)
    near, is_cut = _fitting(change, found, max(MOST_LINES_ASIDE, _n_lines(change, dependents)))
    if not is_cut or not flows.may_end_in(dependents):
        return near, is_cut
    # Farther off only what such a flow may begin in, or end in.
    known = set(near)
    far = (i for i in found if i not in known and flows.may_bring(i))
    return _fitting(change, [*near, *far], most_lines)


def _n_lines(change: Change, numbers: Iterable[int]) -> int:
    return sum(change.units[i].facts.n_lines for i in numbers)


def _fitting(change: Change, found: Iterable[int], most_lines: int) -> tuple[list[int], bool]:
    """As many of the units as do not have too many lines together, and whether some have."""
    fitting: list[int] = []
    for i in found:
        most_lines -= change.units[i].facts.n_lines
        if most_lines < 0:
            return fitting, True
        fitting.append(i)
    return fitting, False


def _grown(
    change: Change,
    known: Iterable[int],
    frontier: Sequence[Unit],
    leading: Callable[[Sequence[Unit]], Callable[[Unit], bool]],
) -> list[int]:
    """The known units and those that the frontier leads to, to the end, the nearest first."""
    found = dict.fromkeys(known)
    left = [i for i in range(len(change.units)) if i not in found and _is_out(change, i)]
    while frontier:
        is_led_to = leading(frontier)
        new = [i for i in left if is_led_to(change.units[i])]
        if not new:
            break
        found.update(dict.fromkeys(new))
        left = [i for i in left if i not in found]
        # What is named in one round may say whose attributes those of the last one are.
        frontier = [*frontier, *(change.units[i] for i in new)]
    return list(found)


def _beside(change: Change) -> set[int]:
    """For a statement of the file itself the short ones around it: settings are read together."""
    if not all(unit.head is None and unit.is_plain for unit in change.changed):
        return set()
    near = sorted(range(len(change.units)), key=lambda i: abs(i - change.first))
    plain = [
        i
        for i in near
        if _is_out(change, i)
        and change.units[i].head is None
        and change.units[i].facts.n_lines <= _SHORT
        and change.units[i].is_plain
    ]
    return set(plain[:MOST_SHORT_ONES])


def _imports(change: Change, dependents: Iterable[int]) -> str:
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
