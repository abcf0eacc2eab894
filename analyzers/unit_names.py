"""Which units have to do with each other, by the names that one defines and another uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from analyzers.units import Unit

_MAKER = "__init__"


def users_of(defining: Iterable[Unit]) -> Callable[[Unit], bool]:
    """Whether a unit uses what these define.

    The member of a class is used through its attribute, by whoever names the class or is in it;
    `__init__` by whoever names the class.
    """
    names: set[str] = set()
    members: dict[str, set[str]] = {}
    for unit in defining:
        if unit.head is None or unit.owner is None:
            names |= unit.facts.defines
        else:
            members.setdefault(unit.owner, set()).update(unit.facts.defines, unit.facts.fields)

    def uses(unit: Unit) -> bool:
        facts = unit.facts
        if facts.refers_to(names):
            return True
        for owner, defined in members.items():
            is_named = facts.refers_to((owner,))
            if (is_named and _MAKER in defined) or (
                (is_named or owner == unit.owner) and not facts.attributes.isdisjoint(defined)
            ):
                return True
        return False

    return uses


def used_by(using: Iterable[Unit]) -> Callable[[Unit], bool]:
    """Whether these use what a unit defines."""
    uses: set[str] = set()
    attributes: set[str] = set()
    by_owner: dict[str | None, set[str]] = {}
    for unit in using:
        uses |= unit.facts.uses
        attributes |= unit.facts.attributes
        by_owner.setdefault(unit.owner, set()).update(unit.facts.attributes)

    def is_used(unit: Unit) -> bool:
        facts = unit.facts
        if unit.head is None:
            return not uses.isdisjoint(facts.defines)
        is_named = unit.owner in uses
        if is_named and _MAKER in facts.defines:
            return True
        wanted = attributes if is_named else by_owner.get(unit.owner, set())
        return not (wanted.isdisjoint(facts.defines) and wanted.isdisjoint(facts.fields))

    return is_used
