"""Which units of a text are to be read when some of them change, by what they have to do with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from analyzers.changes import Change
from analyzers.passages import Flows, Names
from analyzers.spelling import plain
from analyzers.unit_names import used_by, users_of
from analyzers.unit_names import with_effects as bending
from analyzers.units import Unit

# What may have a part in a flow from the network is read to the end, but for files in which all has
# to do with all; what can have none, or is a part of the text alone, no further than the second.
MOST_LINES = 400
MOST_LINES_AFFECTED = 250
MOST_LINES_ASIDE = 150
MOST_SHORT_ONES = 60
_SHORT = 4
_NAME = re.compile(r"\w+")
_FIELD = re.compile(r"[ \t]+\w+[ \t]*:")


def is_out(change: Change, i: int) -> bool:
    """Whether a unit is none of the changed ones."""
    return not change.first <= i < change.last


def with_effects(change: Change) -> Change:
    """The change, whose statements bend what is changed by the functions that they call."""
    units = bending([*change.units, *change.changed])
    n_units = len(change.units)
    return replace(change, units=units[:n_units], changed=units[n_units:])


def dependents_of(
    change: Change, names: Names, flows: Flows, most_lines: int
) -> tuple[list[int], bool]:
    """The units outside of the change that use what it defines, and those that use these.

    Second: whether some were left out.
    """
    if any("*" in change.text[s.start : s.end] for unit in change.changed for s in unit.imports):
        # It may give any name another meaning.
        return _fitting(
            change, filter(partial(is_out, change), range(len(change.units))), most_lines
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


def used_around(
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
    left = [i for i in range(len(change.units)) if i not in found and is_out(change, i)]
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


def beside(change: Change) -> set[int]:
    """For a statement of the file itself the short ones around it: settings are read together."""
    if not all(unit.head is None and unit.is_plain for unit in change.changed):
        return set()
    near = sorted(range(len(change.units)), key=lambda i: abs(i - change.first))
    plain = [
        i
        for i in near
        if is_out(change, i)
        and change.units[i].head is None
        and change.units[i].facts.n_lines <= _SHORT
        and change.units[i].is_plain
    ]
    return set(plain[:MOST_SHORT_ONES])


def imports_of(change: Change, dependents: Iterable[int]) -> str:
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


def fields_of(change: Change, around: Iterable[int], names: Names) -> set[int]:
    """The annotated fields of classes that are read in part, and of their families.

    What is given by position goes to one of them or another, by how many stand above.
    """
    read = [*(change.units[i] for i in around), *change.changed]
    families = {names.kin.get(unit.owner, unit.owner) for unit in read if unit.owner is not None}
    return {
        i
        for i, unit in enumerate(change.units)
        if unit.head is not None
        and is_out(change, i)
        and names.kin.get(unit.owner or "", unit.owner) in families
        and _FIELD.match(unit.text)
    }
