"""Targets of assignments: names, sequences, attributes and items."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from analyzers.flow import places
from analyzers.flow.heap import Thing, entry
from analyzers.flow.state import State
from analyzers.flow.value import Value, constant, join

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter


def bind(run: Interpreter, target: ast.expr, value: Value, state: State) -> None:
    """Gives a target of an assignment its value."""
    kind = _TARGETS.get(type(target))
    if kind is not None:
        kind(run, target, value, state)


def _bind_name(run: Interpreter, target: ast.Name, value: Value, state: State) -> None:
    scope = run.frame.outer_names.get(target.id)
    if scope is not None:
        old = scope.names.get(target.id)
        scope.names[target.id] = value if old is None else join(old, value)
        return
    state.names[target.id] = value


def _bind_sequence(
    run: Interpreter, target: ast.Tuple | ast.List, value: Value, state: State
) -> None:
    thing = state.thing(value)
    starred = [n for n, t in enumerate(target.elts) if isinstance(t, ast.Starred)]
    if thing is not None and thing.items is not None and thing.rest is None:
        items: list[Value] = list(thing.items)
        if starred:
            after = len(target.elts) - starred[0] - 1
            end = len(items) - after
            middle = run.new(state, Thing("list", tuple(items[starred[0] : max(end, 0)])))
            items = [*items[: starred[0]], middle, *items[max(end, 0) :]]
        if len(items) == len(target.elts):
            for below, item in zip(target.elts, items, strict=True):
                bind(run, below.value if isinstance(below, ast.Starred) else below, item, state)
            return
    element = places.element(run, value, state, target)
    for below in target.elts:
        if isinstance(below, ast.Starred):
            rest = run.new(state, Thing("list", rest=element))
            bind(run, below.value, rest, state)
        else:
            bind(run, below, element, state)


def _bind_attribute(run: Interpreter, target: ast.Attribute, value: Value, state: State) -> None:
    owner = run.value(target.value, state)
    run.event("store", target, state, [constant(target.attr), value], receiver=owner)
    store_attribute(owner, target.attr, value, state)
    if not owner.refs and isinstance(target.value, ast.Name) and target.value.id in state.names:
        from analyzers.flow.origin import Level

        taints = frozenset(t for t in state.deep(value).taints if t.origin.level > Level.UNKNOWN)
        if taints and owner.callee is None and owner.kind not in ("request", "session"):
            changed = replace(owner, taints=owner.taints | taints)
            state.names[target.value.id] = changed


def store_attribute(owner: Value, name: str, value: Value, state: State) -> None:
    """`owner.name = value`."""
    thing = state.thing(owner)
    if thing is not None and thing.kind == "object":
        state.put(owner, thing.stored(name, value))


def _bind_subscript(run: Interpreter, target: ast.Subscript, value: Value, state: State) -> None:
    owner = run.value(target.value, state)
    if isinstance(target.slice, ast.Slice):
        thing = state.thing(owner)
        if thing is not None:
            element = places.element(run, value, state, target)
            state.put(owner, Thing(thing.kind, rest=join(thing.any_item(), element)))
        return
    key = run.value(target.slice, state)
    run.event("store", target, state, [key, value], receiver=owner)
    thing = state.thing(owner)
    if thing is not None:
        if key.is_constant:
            state.put(owner, thing.stored(key.constant, value))
        else:
            state.put(owner, thing.mixed(entry(key, value)))
        return
    if owner.kind in ("session", "request"):
        return
    taints = state.deep(value).taints
    if isinstance(target.value, ast.Name) and target.value.id in state.names and taints:
        state.names[target.value.id] = replace(owner, taints=owner.taints | taints, options=())


_TARGETS: Final[dict[type[ast.AST], Callable[..., None]]] = {
    ast.Name: _bind_name,
    ast.Tuple: _bind_sequence,
    ast.List: _bind_sequence,
    ast.Attribute: _bind_attribute,
    ast.Subscript: _bind_subscript,
}
