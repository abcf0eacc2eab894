"""Through which units of a text data from the network may pass to where it does harm.

A flow through a change begins in some unit and ends in some unit. Only a unit that can be led to
from a beginning, and can lead to an end, by what one uses of another, can have a part in it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from analyzers.changes import Change
from analyzers.flow_ends import may_be_answered, may_end
from analyzers.unit_names import families, users_of
from analyzers.units import Unit
from analyzers.vocabulary import has_remote

_NO_NAMES = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Names:
    """What names mean in a file.

    kin: families of classes, as `unit_names.families` makes them.
    imported: the names that imports alone give a meaning.
    said: all names that are no attributes.
    """

    kin: Mapping[str, str]
    imported: frozenset[str]
    said: frozenset[str]

    @classmethod
    def of(cls, units: Sequence[Unit]) -> Names:
        """Those of a file's units."""
        importing = (unit for unit in units if unit.is_plain and unit.facts.imports)
        bound = (unit.facts.defines for unit in importing)
        said = (unit.facts.uses for unit in units)
        return cls(families(units), _NO_NAMES.union(*bound), _NO_NAMES.union(*said))


class Flows:
    """Which units of a change's text may have a part in a flow from the network."""

    def __init__(self, change: Change, names: Names) -> None:
        self._units = [*change.units, *change.changed]
        self._changed = range(len(change.units), len(self._units))
        self._names = names

    @property
    def are_there(self) -> bool:
        """Whether the text has both ends of one."""
        return bool(self._sourced and self._sinking)

    def may_have(self, i: int) -> bool:
        """Whether unit `i` may have one in it, or in what it uses."""
        return i in self._sourced and i in self._sinking

    def may_share(self, i: int) -> bool:
        """Whether one may pass through unit `i` and the changed units, whose user it is."""
        return (
            self.may_have(i)
            or (i in self._sourced and any(j in self._sinking for j in self._changed))
            or (i in self._sinking and any(j in self._sourced for j in self._changed))
        )

    def may_bring(self, i: int) -> bool:
        """Whether one may begin or end in unit `i`, or in what it uses, or goes by its names."""
        unit = self._units[i]
        return i in self._sourced or i in self._sinking or unit.is_plain or unit.is_head

    def may_end_in(self, dependents: Iterable[int]) -> bool:
        """Whether one may pass through the changed units or some that depend on them."""
        asked = {*self._changed, *dependents}
        return not (asked.isdisjoint(self._sourced) or asked.isdisjoint(self._sinking))

    @functools.cached_property
    def _sourced(self) -> frozenset[int]:
        """The units in which data from the network may be, by themselves or by what they use."""
        return self._users(_begins_remote)

    @functools.cached_property
    def _sinking(self) -> frozenset[int]:
        """The units in which such data may do grave harm, by themselves or by what they use."""
        if not self._sourced:
            return frozenset()
        names = self._names.said
        answers = may_be_answered(names)
        return self._users(
            lambda unit: may_end(unit.text, names) or (answers and _begins_remote(unit))
        )

    def _users(self, is_first: Callable[[Unit], bool]) -> frozenset[int]:
        units = self._units
        found = {i for i, unit in enumerate(units) if is_first(unit)}
        new: Iterable[int] = found
        left = [i for i in range(len(units)) if i not in found]
        leading = partial(users_of, kin=self._names.kin, imported=self._names.imported)
        while new:
            uses = leading([units[i] for i in new])
            new = [i for i in left if uses(units[i])]
            found.update(new)
            left = [i for i in left if i not in found]
        return frozenset(found)


def _begins_remote(unit: Unit) -> bool:
    """Whether data from the network may begin in it, as in the method of a handler."""
    return has_remote(unit.text) or (unit.head is not None and has_remote(unit.head.text))
