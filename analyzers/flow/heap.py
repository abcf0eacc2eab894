"""What is known of containers and objects, which several names may share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from analyzers.flow.definitions import Class
from analyzers.flow.origin import UNDER_A_KEY, Taint
from analyzers.flow.value import CLEAN, NONE, Value, bounded, cleared, join

_MAX_ITEMS = 64
_MISSING = object()
_UNDER_A_KEY = frozenset({UNDER_A_KEY})


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A container or object; never changed, but replaced on the heap.

    kind: list, tuple, set, dict, object, or the dotted name of a class of a library.
    items: what stands at each position, None where the positions are not known.
    fields: what is stored under each constant key, or each attribute.
    rest: what may stand at other places, None for nothing.
    """

    kind: str
    items: tuple[Value, ...] | None = None
    fields: Mapping[object, Value] = field(default_factory=dict)
    rest: Value | None = None
    owner: Class | None = None

    def everything(self) -> list[Value]:
        """All that it holds."""
        held = [*(self.items or ()), *self.fields.values()]
        return held if self.rest is None else [*held, self.rest]

    def any_item(self) -> Value:
        """What one gets from it without saying which."""
        held = [*(self.items or ()), *([] if self.rest is None else [self.rest])]
        if self.kind != "object":
            held += self.fields.values()
        return joined(held)

    def at(self, key: object) -> Value:
        """What stands under a constant key or at a constant position."""
        if self.items is not None:
            if isinstance(key, int) and -len(self.items) <= key < len(self.items):
                return self.items[key]
            return self.rest or CLEAN
        found = self.fields.get(key) if _is_key(key) else None
        if found is None:
            return self.rest or (CLEAN if self.kind != "dict" else NONE)
        return found if self.rest is None else join(found, self.rest)

    def holds(self, key: object) -> bool | None:
        """Whether a dictionary has a key, None if that is not known."""
        if _is_key(key) and key in self.fields:
            return True
        return None if self.rest is not None else False

    def stored(self, key: object, value: Value) -> Thing:
        """With a value under a constant key or at a constant position."""
        if self.items is not None:
            if isinstance(key, int) and -len(self.items) <= key < len(self.items):
                items = list(self.items)
                items[key] = value
                return replace(self, items=tuple(items))
            return self.mixed(value)
        if not _is_key(key) or len(self.fields) >= 4 * _MAX_ITEMS:
            return self.mixed(value)
        return replace(self, fields={**self.fields, key: value})

    def mixed(self, value: Value) -> Thing:
        """With a value at a place that is not known."""
        if self.items is not None and self.kind in ("list", "set", "collections.deque"):
            rest = joined([*self.items, value, *([] if self.rest is None else [self.rest])])
            return replace(self, items=None, rest=rest)
        return replace(self, rest=value if self.rest is None else join(self.rest, value))

    def inserted(self, position: int, value: Value) -> Thing:
        """With a value put in before a position."""
        if self.items is None or len(self.items) >= _MAX_ITEMS:
            return self.mixed(value)
        items = list(self.items)
        items.insert(position, value)
        return replace(self, items=tuple(items))

    def without(self, key: object) -> Thing:
        """Without what stands under a constant key or at a constant position."""
        if self.items is not None:
            if isinstance(key, int) and -len(self.items) <= key < len(self.items):
                items = list(self.items)
                del items[key]
                return replace(self, items=tuple(items))
            return self
        return replace(self, fields={k: v for k, v in self.fields.items() if k != key})


def entry(key: Value, value: Value) -> Value:
    """What stands under a key that is not known: of its origins only the key's are of keys too."""
    keys = frozenset(Taint(taint.origin, taint.cleared - _UNDER_A_KEY) for taint in key.taints)
    return Value(bounded(keys | cleared(value.taints, _UNDER_A_KEY)), refs=value.refs)


def keys_of(rest: Value) -> Value:
    """What the keys are that stand over the rest of a dictionary."""
    return Value(frozenset(taint for taint in rest.taints if UNDER_A_KEY not in taint.cleared))


def _is_key(key: object) -> bool:
    return isinstance(key, str | int | float | bytes | bool | tuple | None)


def joined(values: list[Value]) -> Value:
    """Any of them."""
    if not values:
        return CLEAN
    result = values[0]
    for value in values[1:]:
        result = join(result, value)
    return result


def join_things(a: Thing, b: Thing) -> Thing:
    """One or the other."""
    if a is b:
        return a
    rests = [rest for rest in (a.rest, b.rest) if rest is not None]
    items: tuple[Value, ...] | None = None
    if a.items is not None and b.items is not None and len(a.items) == len(b.items):
        items = tuple(map(join, a.items, b.items))
    else:
        rests += [*(a.items or ()), *(b.items or ())]
    fields = dict(a.fields)
    for key, value in b.fields.items():
        fields[key] = join(fields[key], value) if key in fields else value
    return Thing(a.kind, items, fields, joined(rests) if rests else None, a.owner or b.owner)
