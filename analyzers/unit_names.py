"""Which units have to do with each other, by the names that one defines and another uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from analyzers.units import Unit

_MAKER = "__init__"
_NO_FAMILIES: Mapping[str, str] = {}


def families(units: Iterable[Unit]) -> dict[str, str]:
    """By its name for each class of a text one that stands for all it inherits from or hands on to.

    An object of one of them may be an object of each other one.
    """
    heads = {unit.owner: unit for unit in units if unit.is_head and unit.owner}
    first = {name: name for name in heads}

    def found(name: str) -> str:
        while first[name] != name:
            name = first[name]
        return name

    for name, head in heads.items():
        for base in head.facts.uses & heads.keys():
            first[found(name)] = found(base)
    return {name: found(name) for name in heads}


def users_of(
    defining: Iterable[Unit], kin: Mapping[str, str] = _NO_FAMILIES
) -> Callable[[Unit], bool]:
    """Whether a unit uses what these define.

    The member of a class is used through its attribute, by whoever names the class or is in it or
    in one of its family, which `kin` says as `families` does; `__init__` by whoever names the
    class.
    """
    names: set[str] = set()
    members: dict[str, set[str]] = {}
    for unit in defining:
        if unit.head is None or unit.owner is None:
            names |= unit.facts.defines
        else:
            members.setdefault(unit.owner, set()).update(unit.facts.defines, unit.facts.fields)

    relatives = {owner: _relatives(owner, kin) for owner in members}

    def uses(unit: Unit) -> bool:
        facts = unit.facts
        if facts.refers_to(names):
            return True
        for owner, defined in members.items():
            is_named = facts.refers_to(relatives[owner])
            if (is_named and _MAKER in defined) or (
                (is_named or _family(unit.owner, kin) == _family(owner, kin))
                and not facts.attributes.isdisjoint(defined)
            ):
                return True
        return False

    return uses


def used_by(using: Iterable[Unit], kin: Mapping[str, str] = _NO_FAMILIES) -> Callable[[Unit], bool]:
    """Whether these use what a unit defines; `kin` as for `users_of`."""
    uses: set[str] = set()
    attributes: set[str] = set()
    by_family: dict[str | None, set[str]] = {}
    for unit in using:
        uses |= unit.facts.uses
        attributes |= unit.facts.attributes
        by_family.setdefault(_family(unit.owner, kin), set()).update(unit.facts.attributes)

    named = {kin[name] for name in uses & kin.keys()}

    def is_used(unit: Unit) -> bool:
        facts = unit.facts
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
