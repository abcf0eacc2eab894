"""Which units have to do with each other, by the names that one defines and another uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from analyzers.units import Unit

_MAKER = "__init__"
_NO_FAMILIES: Mapping[str, str] = {}


def families(units: Sequence[Unit]) -> dict[str, str]:
    """By its name for each class of a text one that stands for all it inherits from or hands on to.

    An object of one of them may be an object of each other one. A base may have been given another
    name by a statement of the file. The names of objects of the file stand for their class.
    """
    heads = {unit.owner: unit for unit in units if unit.is_head and unit.owner}
    first = {name: name for name in heads}

    def found(name: str) -> str:
        while first[name] != name:
            name = first[name]
        return name

    for name, head in heads.items():
        for base in _meant(head.facts.uses, units, frozenset(heads)):
            first[found(name)] = found(base)
    kin = {name: found(name) for name in heads}
    for unit in units:
        made = heads.keys() & unit.facts.uses if unit.head is None and unit.is_plain else None
        if made:
            # The first that is named is the one of which the others are given.
            owner = min(made, key=unit.text.find)
            for name in unit.facts.defines - heads.keys():
                kin.setdefault(name, kin[owner])
    return kin


def _meant(names: frozenset[str], units: Sequence[Unit], heads: frozenset[str]) -> frozenset[str]:
    """The classes among some names, and those that statements of the file give these names to."""
    known = names
    waiting = names - heads
    while waiting:
        more = frozenset[str]().union(
            *(
                unit.facts.uses
                for unit in units
                if unit.head is None
                and not (unit.is_head or unit.facts.imports)
                and not waiting.isdisjoint(unit.facts.defines)
            )
        )
        waiting = more - known - heads
        known |= more
    return known & heads


def with_effects(units: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units, of which those that call a function bend what the function changes of the file."""
    effects: dict[str, frozenset[str]] = {}
    _gather(units, effects)
    if not effects:
        return tuple(units)
    while _gather(units, effects):
        pass
    return tuple(
        replace(unit, facts=replace(unit.facts, bends=unit.facts.bends | more))
        if unit.is_plain and (more := _of_called(unit, effects))
        else unit
        for unit in units
    )


def _gather(units: Sequence[Unit], effects: dict[str, frozenset[str]]) -> bool:
    """Adds by the name that it is called by what each function changes; whether that was more."""
    is_more = False
    for unit in units:
        changed = unit.facts.outward | unit.facts.changes
        if not changed and (not effects or unit.is_plain):
            continue
        changed |= _of_called(unit, effects)
        names = unit.facts.defines if unit.owner is None else (unit.owner,)
        for name in names if changed else ():
            known = effects.get(name, frozenset())
            if not changed <= known:
                effects[name] = known | changed
                is_more = True
    return is_more


def _of_called(unit: Unit, effects: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*(effects[name] for name in unit.facts.uses & effects.keys()))


def users_of(
    defining: Iterable[Unit],
    kin: Mapping[str, str] = _NO_FAMILIES,
    imported: frozenset[str] = frozenset(),
) -> Callable[[Unit], bool]:
    """Whether a unit uses what these define.

    The member of a class is used through its attribute, by whoever names the class or is in it or
    in one of its family, which `kin` says as `families` does; `__init__` by whoever names the
    class. An object of it may also be in a field of one that does not name it. What opens a class
    is used by all its members: it says what they are. imported: names that nothing bends.
    """
    names: set[str] = set()
    members: dict[str, set[str]] = {}
    opened: set[str | None] = set()
    for unit in defining:
        names |= unit.facts.outward | (unit.facts.bends - imported)
        if unit.head is None or unit.owner is None:
            names |= unit.facts.defines
        else:
            members.setdefault(unit.owner, set()).update(unit.facts.defines, unit.facts.fields)
        if unit.is_head:
            opened.add(_family(unit.owner, kin))

    relatives = {owner: _relatives(owner, kin) for owner in members}

    def uses(unit: Unit) -> bool:
        facts = unit.facts
        if facts.refers_to(names) or (opened and _family(unit.owner, kin) in opened):
            return True
        for owner, defined in members.items():
            if not facts.held.isdisjoint(defined):
                return True
            is_named = facts.refers_to(relatives[owner])
            if (is_named and _MAKER in defined) or (
                (is_named or _family(unit.owner, kin) == _family(owner, kin))
                and not facts.attributes.isdisjoint(defined)
            ):
                return True
        return False

    return uses


def used_by(
    using: Iterable[Unit],
    kin: Mapping[str, str] = _NO_FAMILIES,
    imported: frozenset[str] = frozenset(),
) -> Callable[[Unit], bool]:
    """Whether these use what a unit defines; `kin` as for `users_of`.

    A member uses what the lines that open its class do. imported: names that nothing bends.
    """
    uses: set[str] = set()
    attributes: set[str] = set()
    by_family: dict[str | None, set[str]] = {}
    for unit in using:
        uses |= unit.facts.uses
        if unit.head is not None:
            uses |= unit.head.facts.uses - {unit.owner or ""}
        attributes |= unit.facts.attributes
        by_family.setdefault(_family(unit.owner, kin), set()).update(unit.facts.attributes)

    named = {kin[name] for name in uses & kin.keys()}
    own = uses - imported

    def is_used(unit: Unit) -> bool:
        facts = unit.facts
        if not (uses.isdisjoint(facts.outward) and own.isdisjoint(facts.bends)):
            return True
        if unit.head is None:
            return not uses.isdisjoint(facts.defines)
        is_named = unit.owner in uses or _family(unit.owner, kin) in named
        if is_named and _MAKER in facts.defines:
            return True
        wanted = attributes if is_named else by_family.get(_family(unit.owner, kin), set())
        return not (wanted.isdisjoint(facts.defines) and wanted.isdisjoint(facts.fields))

    return is_used


def _family(owner: str | None, kin: Mapping[str, str]) -> str | None:
    return None if owner is None else kin.get(owner, owner)


def _relatives(owner: str, kin: Mapping[str, str]) -> frozenset[str]:
    family = kin.get(owner)
    return frozenset({owner, *(name for name, first in kin.items() if first == family)})
