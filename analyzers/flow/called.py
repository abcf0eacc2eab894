"""Which names a text must hold before a rule that follows data can find anything in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from analyzers.flow.library import WELL_KNOWN
from analyzers.flow.sinks import Sink


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of which a finding needs one; the interpreter names a call by what is written.

    methods: the last part of a call, whatever it is called on.
    plain: names without a dot.
    dotted: by the last part of a dotted name the first parts; both stand in the text, if only in an
        import, unless the interpreter knows the last part without one.
    """

    methods: frozenset[str]
    plain: frozenset[str]
    dotted: Mapping[str, frozenset[str]]

    def may_stand_in(
        self, names: frozenset[str], called: frozenset[str], first_parts: frozenset[str]
    ) -> bool:
        """Whether a text with these names may hold one of the calls.

        names: every name that is no attribute.
        called: attributes, names before a bracket, and those that are imported.
        first_parts: the names that the first part of a dotted one may be among.
        """
        if not self.methods.isdisjoint(called) or not self.plain.isdisjoint(names):
            return True
        both = {*(self.dotted.keys() & called), *(self.dotted.keys() & names)}
        return any(
            last in WELL_KNOWN or not self.dotted[last].isdisjoint(first_parts) for last in both
        )

    def may_stand_in_part(self, names: frozenset[str], called: frozenset[str]) -> bool:
        """The same for a part of a text whose imports stand elsewhere."""
        return not (
            self.methods.isdisjoint(called)
            and self.plain.isdisjoint(names)
            and self.dotted.keys().isdisjoint(called)
            and self.dotted.keys().isdisjoint(names)
        )


def calls_of(*named: Sink | Iterable[str]) -> Calls:
    """The calls that some sinks, or dotted names and methods with a dot before them, stand for."""
    methods: set[str] = set()
    plain: set[str] = set()
    dotted: dict[str, set[str]] = {}
    for each in named:
        for name in each.names if isinstance(each, Sink) else each:
            first, _, _ = name.partition(".")
            before, _, last = name.rpartition(".")
            if name.startswith("."):
                methods.add(last)
            elif before:
                dotted.setdefault(last, set()).add(first)
            else:
                plain.add(name)
    frozen = {last: frozenset(first) for last, first in dotted.items()}
    return Calls(frozenset(methods), frozenset(plain), frozen)
