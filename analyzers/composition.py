"""What must be read when a part of a text changes: that part, what it touches, and the imports."""

from __future__ import annotations

from dataclasses import dataclass

from analyzers.changes import Change
from analyzers.finding import Span
from analyzers.frames import Frame
from analyzers.passages import Flows, Names
from analyzers.selection import (
    MOST_LINES,
    beside,
    dependents_of,
    fields_of,
    imports_of,
    is_out,
    used_around,
    with_effects,
)
from analyzers.units import Unit
from analyzers.vocabulary import vocabulary


def frame_of(change: Change, most_lines: int = MOST_LINES) -> Frame:
    """What is to be read: the imports of what is left out first, and the rest in its order.

    most_lines: how many of what depends on the change, and of what is used, may be read.
    """
    change = with_effects(change)
    units = change.units
    names = Names.of(units)
    flows = Flows(change, names)
    dependents, is_short = dependents_of(change, names, flows, most_lines)
    used, is_cut = used_around(change, dependents, names, flows, most_lines)
    around = {*used, *beside(change)}
    around |= fields_of(change, around, names)
    writer = _Writer([], [], None)
    for i, unit in enumerate(units):
        if unit.facts.imports and is_out(change, i) and i not in around:
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
    broken = any(not unit.facts.parses for i, unit in enumerate(units) if is_out(change, i))
    imports = imports_of(change, dependents)
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
