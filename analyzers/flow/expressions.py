"""What each kind of expression is worth, calls aside."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from analyzers.flow import calls, containers, formatting, guards, request, sources
from analyzers.flow.definitions import Class, Function
from analyzers.flow.folding import UNKNOWN, binary, comparison, subscript, unary
from analyzers.flow.heap import Thing, joined
from analyzers.flow.origin import PART
from analyzers.flow.state import State, join_states
from analyzers.flow.value import (
    CLEAN,
    HOLE,
    NONE,
    Value,
    built,
    cleared,
    constant,
    derived,
    join,
    union,
)

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_BUILTINS = frozenset(dir(builtins))
_PART = frozenset({PART})


def _constant(run: Interpreter, node: ast.Constant, state: State) -> Value:
    return constant(node.value)


def _name(run: Interpreter, node: ast.Name, state: State) -> Value:
    scope = run.frame.outer_names.get(node.id)
    found = state.names.get(node.id) if scope is None else scope.names.get(node.id)
    if found is None:
        outer = run.frame.scope.outer
        found = None if outer is None else outer.find(node.id)
    if found is not None:
        return found
    name = run.code.imports.get(node.id)
    if name is None and node.id in _BUILTINS:
        return Value(name=node.id)
    return named(run, node, name or node.id)


def named(run: Interpreter, node: ast.expr, name: str) -> Value:
    """What an imported name, or one that the file does not define, stands for."""
    if name in sources.REQUESTS or name == "request":
        return request.request(run, node)
    if name in sources.SESSIONS or name == "session":
        return replace(run.unknown(node, name), kind="session")
    known = sources.NAMES.get(name)
    if known is not None:
        return Value(run.taints(node, *known), name=name)
    return run.unknown(node, name)


def _attribute(run: Interpreter, node: ast.Attribute, state: State) -> Value:
    return attribute(run, node, run.value(node.value, state), state)


def attribute(run: Interpreter, node: ast.Attribute, owner: Value, state: State) -> Value:
    """An attribute of a value."""
    if owner.kind == "request":
        return request.attribute(run, node, owner)
    if isinstance(owner.callee, Class):
        method = owner.callee.methods.get(node.attr)
        if method is not None:
            return Value(callee=method)
        return owner.callee.names.get(node.attr, CLEAN)
    thing = state.thing(owner)
    if thing is not None and thing.owner is not None:
        return _of_instance(run, node, owner, thing, state)
    if thing is not None:
        return thing.at(node.attr) if thing.kind == "object" else derived(state.deep(owner))
    if owner.name:
        return named(run, node, f"{owner.name}.{node.attr}")
    if node.attr in ("name", "stem") and owner.kind.endswith("Path"):
        return derived(owner.cleared(frozenset({"path"})), kind="str")
    if owner.kind == "url":
        return Value(owner.taints, kind=f"url.{node.attr}")
    if node.attr == "session" and owner.kind != "str":
        return replace(run.unknown(node), kind="session")
    return Value(owner.taints or run.unknown(node).taints, is_built=False)


def _of_instance(
    run: Interpreter, node: ast.Attribute, owner: Value, thing: Thing, state: State
) -> Value:
    assert thing.owner is not None
    method = thing.owner.methods.get(node.attr)
    if method is not None:
        value = Value(callee=method, bound=owner)
        if any("property" in decorator for decorator in method.decorators):
            return calls.answer(run, value, node, [], {}, state)
        return value
    if node.attr in thing.fields:
        return thing.fields[node.attr]
    from_handler = request.of_handler(run, node, thing.owner.bases)
    if from_handler is not None:
        return from_handler
    return thing.owner.names.get(node.attr) or thing.rest or run.unknown(node)


def _subscript(run: Interpreter, node: ast.Subscript, state: State) -> Value:
    owner = run.value(node.value, state)
    if isinstance(node.slice, ast.Slice):
        return _slice(run, node.slice, owner, state)
    key = run.value(node.slice, state)
    return item(run, node, owner, key, state)


def item(run: Interpreter, node: ast.expr, owner: Value, key: Value, state: State) -> Value:
    """What stands in a value under a key."""
    if key.is_constant and owner.options:
        found = [subscript(option, key.constant) for option in owner.options]
        known = [constant(value) for value in found if value is not UNKNOWN]
        return joined(known) if known else CLEAN
    thing = state.thing(owner)
    if thing is not None and key.is_constant and thing.kind in ("dict", "sections"):
        made = containers.missing(run, owner, thing, key.constant, state)
        if made is not None:
            return made
    if thing is not None and thing.kind not in ("object", "text", "sections"):
        return thing.at(key.constant) if key.is_constant else thing.any_item()
    if key.is_constant and isinstance(key.constant, str):
        return request.taken(run, state.deep(owner), key.constant)
    return derived(state.deep(owner)).cleared(_PART)


def _slice(run: Interpreter, node: ast.Slice, owner: Value, state: State) -> Value:
    bounds = [CLEAN if b is None else run.value(b, state) for b in (node.lower, node.upper)]
    if node.step is not None:
        run.value(node.step, state)
        return derived(state.deep(owner)).cleared(_PART)
    low, high = (
        _index(written, bound)
        for written, bound in zip((node.lower, node.upper), bounds, strict=True)
    )
    if isinstance(low, str) or isinstance(high, str):
        if owner.refs:
            thing = state.thing(owner)
            return run.new(state, Thing("list", rest=thing.any_item() if thing else None))
        return derived(owner).cleared(_PART)
    if owner.is_constant:
        found = subscript(owner.constant, slice(low, high))
        return CLEAN if found is UNKNOWN else constant(found)
    thing = state.thing(owner)
    if thing is not None:
        if thing.items is not None:
            return run.new(state, replace(thing, items=thing.items[low:high]))
        return run.new(state, Thing("list", rest=thing.any_item()))
    return _sliced_text(owner, low, high)


def _index(written: ast.expr | None, bound: Value) -> int | Literal["unknown"] | None:
    if written is None:
        return None
    known = bound.constant if bound.is_constant else "unknown"
    return known if known is None or isinstance(known, int) else "unknown"


def _sliced_text(owner: Value, low: int | None, high: int | None) -> Value:
    """A piece of a string of which the constant ends are known."""
    head, hole, rest = owner.text.partition(HOLE)
    tail = rest.rpartition(HOLE)[2]
    if hole:
        start = low or 0
        if high is not None and start >= 0 and 0 <= high <= len(head):
            return constant(head[start:high])
        if start < 0 and -start <= len(tail) and (high is None or -len(tail) <= high < 0):
            return constant(tail[start:high])
    return Value(owner.taints, kind="str", is_built=owner.is_built).cleared(_PART)


def _binary(run: Interpreter, node: ast.BinOp, state: State) -> Value:
    # A long chain of additions leans to the left: it is walked, not descended.
    chain: list[ast.BinOp] = [node]
    while isinstance(chain[-1].left, ast.BinOp):
        chain.append(chain[-1].left)
    value = run.value(chain[-1].left, state)
    for part in reversed(chain):
        value = operation(run, part, type(part.op), value, run.value(part.right, state), state)
    return value


def operation(
    run: Interpreter,
    node: ast.AST,
    kind: type[ast.operator],
    left: Value,
    right: Value,
    state: State,
) -> Value:
    """The result of an operator."""
    if left.options and right.options and len(left.options) * len(right.options) <= 8:
        results = [binary(kind, a, b) for a in left.options for b in right.options]
        if UNKNOWN not in results:
            return joined([constant(result) for result in results])
    if kind is ast.Add:
        return _added(run, left, right, state)
    if kind is ast.Mod and (left.kind == "str" or left.text != HOLE):
        return formatting.percent(run, left, right, state)
    if kind is ast.Div and not left.options:
        kind_ = left.kind if left.kind.endswith("Path") else ""
        return Value(
            union(left, right), text=f"{left.text}/{right.text}", kind=kind_, is_built=True
        )
    if kind is ast.Mult and (left.refs or right.refs):
        thing = state.thing(left) or state.thing(right)
        return run.new(state, Thing("list", rest=thing.any_item() if thing else None))
    if kind in (ast.Mod, ast.Mult):
        return derived(state.deep(left), state.deep(right))
    return derived(state.deep(left), state.deep(right))


def _added(run: Interpreter, left: Value, right: Value, state: State) -> Value:
    mine, theirs = state.thing(left), state.thing(right)
    if mine is not None or theirs is not None:
        items = None
        if mine and theirs and mine.items is not None and theirs.items is not None:
            items = mine.items + theirs.items
            return run.new(state, Thing(mine.kind, items))
        held = [t.any_item() for t in (mine, theirs) if t is not None]
        held += [v for v, t in ((left, mine), (right, theirs)) if t is None]
        return run.new(state, Thing("list", rest=joined(held)))
    if "str" in (left.kind, right.kind) or left.text != HOLE or right.text != HOLE:
        return built([left, right])
    return derived(left, right, kind=left.kind or right.kind)


def _unary(run: Interpreter, node: ast.UnaryOp, state: State) -> Value:
    operand = run.value(node.operand, state)
    if operand.is_constant:
        result = unary(type(node.op), operand.constant)
        return CLEAN if result is UNKNOWN else constant(result)
    if isinstance(node.op, ast.Not):
        thing = state.thing(operand)
        if thing is not None and thing.items is not None and thing.kind == "list":
            return constant(not thing.items)
    return CLEAN


def _boolean(run: Interpreter, node: ast.BoolOp, state: State) -> Value:
    is_or = isinstance(node.op, ast.Or)
    results: list[Value] = []
    ways_out: list[State] = []
    for number, operand in enumerate(node.values):
        value = run.value(operand, state)
        truth = guards.truth(value, state)
        if number == len(node.values) - 1 or truth is is_or:
            results.append(value)
            break
        # A value that is known to be passed over is no result.
        if truth is None:
            # What `and` ends with early is empty, or nothing.
            results.append(value if is_or else CLEAN)
            ways_out.append(state.copy())
            guards.refine(run, operand, state, not is_or)
    joined_state = join_states([*ways_out, state])
    if joined_state is not None:
        state.become(joined_state)
    return joined(results)


def _compare(run: Interpreter, node: ast.Compare, state: State) -> Value:
    left = run.value(node.left, state)
    result: object = True
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = run.value(right_node, state)
        answer = compared(type(operator), left, right, state)
        if answer is False:
            return constant(False)
        if answer is not True:
            result = None
        left = right
    return CLEAN if result is None else constant(True)


def compared(kind: type[ast.cmpop], left: Value, right: Value, state: State) -> bool | None:
    """What a comparison comes to, None where that is not known."""
    if left.options and right.options:
        results = {
            comparison(kind, a, b) if a is not UNKNOWN else UNKNOWN
            for a in left.options
            for b in right.options
        }
        if len(results) == 1 and (only := results.pop()) in (True, False):
            return bool(only)
        return None
    if kind in (ast.In, ast.NotIn) and left.is_constant:
        return _contained(left.constant, right, kind is ast.NotIn, state)
    is_something = bool(left.refs) or (left.kind == "str" and left.is_built)
    if is_something and right.options == (None,) and kind in (ast.Is, ast.IsNot):
        return kind is ast.IsNot
    return None


def _contained(key: object, container: Value, negated: bool, state: State) -> bool | None:
    thing = state.thing(container)
    if thing is None:
        if isinstance(key, str) and key and key in container.text.replace(HOLE, ""):
            pieces = container.text.split(HOLE)
            if any(key in piece for piece in pieces):
                return not negated
        return None
    if thing.items is None:
        found = thing.holds(key) if thing.kind == "dict" else None
    elif all(value.is_constant for value in thing.items) and thing.rest is None:
        found = any(value.constant == key for value in thing.items)
    else:
        found = None
    return None if found is None else found != negated


def _conditional(run: Interpreter, node: ast.IfExp, state: State) -> Value:
    truth = guards.truth(run.value(node.test, state), state)
    if truth is not None:
        guards.refine(run, node.test, state, truth)
        return run.value(node.body if truth else node.orelse, state)
    other = state.copy()
    guards.refine(run, node.test, state, True)
    guards.refine(run, node.test, other, False)
    then = state.settled(run.value(node.body, state))
    otherwise = other.settled(run.value(node.orelse, other))
    joined_state = join_states([state, other])
    assert joined_state is not None
    state.become(joined_state)
    return join(then, otherwise)


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
            rest.append(Value(union(key, value), refs=value.refs, callee=value.callee))
    return run.new(state, Thing("dict", None, fields, joined(rest) if rest else None))


def _comprehension(
    run: Interpreter,
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
    state: State,
) -> Value:
    saved = dict(state.names)
    for generator in node.generators:
        source = run.value(generator.iter, state)
        calls.bind(run, generator.target, element(run, source, state, generator.iter), state)
        for condition in generator.ifs:
            run.value(condition, state)
            guards.refine(run, condition, state, True)
    if isinstance(node, ast.DictComp):
        key, value = run.value(node.key, state), run.value(node.value, state)
        value = Value(union(key, state.settled(value)), refs=value.refs)
    else:
        value = state.settled(run.value(node.elt, state))
    for name in list(state.names):
        if name in saved:
            state.names[name] = saved[name]
        else:
            del state.names[name]
    kind = "dict" if isinstance(node, ast.DictComp) else "list"
    return run.new(state, Thing(kind, rest=value))


def element(run: Interpreter, source: Value, state: State, node: ast.AST) -> Value:
    """What a loop over a value gets."""
    if source.is_constant:
        found = source.constant
        if isinstance(found, str | bytes) and 0 < len(found) <= 64:
            return joined([constant(one) for one in dict.fromkeys(found)])
        return CLEAN
    thing = state.thing(source)
    if thing is None:
        return derived(source).cleared(_PART)
    if thing.kind == "dict":
        keys = [constant(key) for key in thing.fields]
        return joined([*keys, *([Value(thing.rest.taints)] if thing.rest is not None else [])])
    return thing.any_item()


def _lambda(run: Interpreter, node: ast.Lambda, state: State) -> Value:
    function = Function(node, run.frame.scope)
    run.frame.scope.names = state.names
    return Value(callee=function)


def _walrus(run: Interpreter, node: ast.NamedExpr, state: State) -> Value:
    value = run.value(node.value, state)
    calls.bind(run, node.target, value, state)
    return value


def _passed_on(run: Interpreter, node: Any, state: State) -> Value:
    return run.value(node.value, state)


def _yield(run: Interpreter, node: ast.Yield | ast.YieldFrom, state: State) -> Value:
    if node.value is not None:
        value = run.value(node.value, state)
        if isinstance(node, ast.YieldFrom):
            value = element(run, value, state, node)
        run.frame.yields.append(state.settled(value))
        if isinstance(node, ast.Yield):
            run.event("answer", node, state, [value])
    return run.unknown(node)


def _template(run: Interpreter, node: Any, state: State) -> Value:
    """A t-string keeps its parts apart: it is no built string."""
    return derived(*(run.value(part, state) for part in node.values))


HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], Value]]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
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
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
    ast.Await: _passed_on,
    ast.Starred: _passed_on,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
    ast.Call: calls.call,
}
__all__ = ["HANDLERS", "NONE", "attribute", "cleared", "element", "item", "operation"]
