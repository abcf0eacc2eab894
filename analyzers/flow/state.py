"""Names, heap and guards at one point of a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from analyzers.flow.heap import Thing, join_things
from analyzers.flow.origin import PART, Origin, Taint
from analyzers.flow.value import Value, bounded, join

_MAX_DEPTH = 4
_NOTHING: frozenset[str] = frozenset()


class State:
    """Changed as the program runs; copied where ways part and joined where they meet.

    names: the local names.
    things: the heap, by number; `below`, what was on it before the function began and has not
        been changed since.
    guards: for which uses an origin is harmless here, because of the conditions on the way.
    """

    __slots__ = ("below", "guards", "names", "things")

    def __init__(
        self,
        names: dict[str, Value],
        things: dict[int, Thing],
        guards: dict[Origin, frozenset[str]],
        below: Mapping[int, Thing],
    ) -> None:
        self.names = names
        self.things = things
        self.guards = guards
        self.below = below

    def at(self, ref: int) -> Thing | None:
        """The object of a number."""
        found = self.things.get(ref)
        return self.below.get(ref) if found is None else found

    def copy(self) -> State:
        """A state that goes another way."""
        return State(dict(self.names), dict(self.things), dict(self.guards), self.below)

    def become(self, other: State) -> None:
        """Goes on as the other one."""
        self.names, self.things, self.guards = other.names, other.things, other.guards

    def thing(self, value: Value) -> Thing | None:
        """The object that a value is, or what any of several has."""
        if not value.refs:
            return None
        found = [thing for ref in value.refs if (thing := self.at(ref)) is not None]
        if not found:
            return None
        result = found[0]
        for other in found[1:]:
            result = join_things(result, other)
        return result

    def put(self, value: Value, thing: Thing) -> None:
        """Changes the object that a value is; each of several may be the one that changed."""
        if len(value.refs) == 1:
            self.things[value.refs[0]] = thing
            return
        for ref in value.refs:
            known = self.at(ref)
            if known is not None:
                self.things[ref] = join_things(known, thing)

    def guard(self, taints: Iterable[Taint], uses: frozenset[str]) -> None:
        """From here on these origins are harmless for these uses."""
        for taint in taints:
            self.guards[taint.origin] = self.guards.get(taint.origin, _NOTHING) | uses

    def believe(self, value: Value, uses: frozenset[str]) -> None:
        """From here on this value is harmless for these uses, and so is the whole that it is."""
        if not value.taints or not uses:
            return
        self.guard([taint for taint in value.taints if PART not in taint.cleared], uses)
        changed = value.cleared(uses)
        for name, known in self.names.items():
            if known is value:
                self.names[name] = changed

    def settled(self, value: Value) -> Value:
        """The value with what the guards say of its origins."""
        if not self.guards or not value.taints:
            return value
        taints = frozenset(
            taint.with_cleared(self.guards.get(taint.origin, _NOTHING)) for taint in value.taints
        )
        return value if taints == value.taints else value.with_taints(taints)

    def deep(self, value: Value) -> Value:
        """The value with the origins of all that it holds."""
        if not value.refs:
            return value
        taints = set(value.taints)
        is_built = value.is_built
        seen: set[int] = set()
        level = list(value.refs)
        for _ in range(_MAX_DEPTH):
            following: list[int] = []
            for ref in level:
                thing = None if ref in seen else self.at(ref)
                if thing is None:
                    continue
                seen.add(ref)
                for held in thing.everything():
                    taints |= held.taints
                    is_built = is_built or held.is_built
                    following += held.refs
            level = following
        return value.with_taints(bounded(frozenset(taints)), is_built=is_built)

    def reachable(self, values: Iterable[Value]) -> dict[int, Thing]:
        """The part of the heap that the values can reach, with the guards settled."""
        found: dict[int, Thing] = {}
        open_refs = [ref for value in values for ref in value.refs]
        while open_refs and len(found) < 200:
            ref = open_refs.pop()
            thing = self.at(ref)
            if thing is None or ref in found:
                continue
            found[ref] = self._settled_thing(thing)
            open_refs += [below for held in thing.everything() for below in held.refs]
        return found

    def _settled_thing(self, thing: Thing) -> Thing:
        if not self.guards:
            return thing
        return replace(
            thing,
            items=None if thing.items is None else tuple(map(self.settled, thing.items)),
            fields={key: self.settled(value) for key, value in thing.fields.items()},
            rest=None if thing.rest is None else self.settled(thing.rest),
        )


def join_states(states: list[State]) -> State | None:
    """What holds where ways meet; None where none arrives."""
    if not states:
        return None
    result = states[0]
    for state in states[1:]:
        result = _join(result, state)
    return result


def _join(a: State, b: State) -> State:
    if a.guards.keys() != b.guards.keys() or a.guards != b.guards:
        # What one way has made harmless stays so, whatever the other way brings.
        _settle_names(a)
        _settle_names(b)
    names = dict(a.names)
    for name, value in b.names.items():
        mine = names.get(name)
        if mine is not value:
            names[name] = value if mine is None else join(mine, value)
    things = dict(a.things)
    for ref, thing in b.things.items():
        other = a.at(ref)
        if other is not thing:
            things[ref] = thing if other is None else join_things(other, thing)
    for ref in a.things.keys() - b.things.keys():
        if ref in b.below:
            things[ref] = join_things(a.things[ref], b.below[ref])
    guards = {
        origin: both
        for origin, uses in a.guards.items()
        if (both := uses & b.guards.get(origin, _NOTHING))
    }
    return State(names, things, guards, a.below)


def _settle_names(state: State) -> None:
    if state.guards:
        state.names = {name: state.settled(value) for name, value in state.names.items()}
