"""Lists, dictionaries, comprehensions and f-strings: values that are written out."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow import formatting, guards, places, targets
from analyzers.flow.heap import Thing, entry, joined
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, Value, built, constant, derived

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter


def _joined_string(run: Interpreter, node: ast.JoinedStr, state: State) -> Value:
    parts = [run.value(part, state) for part in node.values]
    value = built(parts)
    return value if value.is_constant else replace(value, is_built=True)


def _formatted(run: Interpreter, node: ast.FormattedValue, state: State) -> Value:
    value = state.deep(run.value(node.value, state))
    if node.format_spec is not None:
        spec = run.value(node.format_spec, state)
        if spec.is_constant and str(spec.constant)[-1:] in formatting.NUMERIC:
            return CLEAN
        return Value(value.taints, kind="str", is_built=value.is_built)
    if node.conversion in (ord("r"), ord("a")):
        return Value(value.taints, kind="str", is_built=value.is_built)
    if value.is_constant:
        return constant(str(value.constant)) if not value.refs else CLEAN
    return value if not value.refs else Value(value.taints, is_built=value.is_built)


def _template(run: Interpreter, node: Any, state: State) -> Value:
    """A t-string keeps its parts apart: it is no built string."""
    return derived(*(run.value(part, state) for part in node.values))


def _sequence(run: Interpreter, node: ast.List | ast.Tuple | ast.Set, state: State) -> Value:
    items: list[Value] = []
    rest: list[Value] = []
    for element in node.elts:
        if isinstance(element, ast.Starred):
            value = run.value(element.value, state)
            thing = state.thing(value)
            if thing is not None and thing.items is not None and thing.rest is None:
                items += thing.items
            else:
                rest.append(thing.any_item() if thing is not None else derived(value))
        else:
            items.append(run.value(element, state))
    kind = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}[type(node)]
    if rest or len(items) > 64:
        return run.new(state, Thing(kind, rest=joined([*items, *rest])))
    return run.new(state, Thing(kind, tuple(items)))


def _dictionary(run: Interpreter, node: ast.Dict, state: State) -> Value:
    fields: dict[object, Value] = {}
    rest: list[Value] = []
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = run.value(value_node, state)
        if key_node is None:
            thing = state.thing(value)
            if thing is not None and thing.kind == "dict":
                fields.update(thing.fields)
                rest += [thing.rest] if thing.rest is not None else []
            else:
                rest.append(derived(value))
            continue
        key = run.value(key_node, state)
        if key.is_constant and isinstance(key.constant, str | int | bytes | None):
            fields[key.constant] = value
        else:
            rest.append(replace(entry(key, value), callee=value.callee))
    return run.new(state, Thing("dict", None, fields, joined(rest) if rest else None))


def _comprehension(
    run: Interpreter,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    state: State,
) -> Value:
    saved, guards_around = dict(state.names), dict(state.guards)
    for generator in node.generators:
        source = run.value(generator.iter, state)
        targets.bind(
            run, generator.target, places.element(run, source, state, generator.iter), state
        )
        for condition in generator.ifs:
            run.value(condition, state)
            guards.refine(run, condition, state, True)
    if isinstance(node, ast.DictComp):
        key, value = run.value(node.key, state), run.value(node.value, state)
        value = entry(state.settled(key), state.settled(value))
    else:
        value = state.settled(run.value(node.elt, state))
    for name in list(state.names):
        if name in saved:
            state.names[name] = saved[name]
        else:
            del state.names[name]
    # What was learnt for the items that were kept says nothing of others.
    state.guards = guards_around
    kind = "dict" if isinstance(node, ast.DictComp) else "list"
    return run.new(state, Thing(kind, rest=value))


HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], Value]]] = {
    ast.JoinedStr: _joined_string,
    ast.FormattedValue: _formatted,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dictionary,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.DictComp: _comprehension,
}
