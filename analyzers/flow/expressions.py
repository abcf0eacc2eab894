"""Operators, conditions and what else is neither a call, a place nor written out."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow import defining, formatting, guards, library, places, targets
from analyzers.flow.definitions import Function
from analyzers.flow.folding import UNKNOWN, binary, comparison, unary
from analyzers.flow.heap import Thing, joined
from analyzers.flow.state import State, join_states
from analyzers.flow.value import CLEAN, HOLE, Value, built, constant, derived, join, union

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter


def _constant(run: Interpreter, node: ast.Constant, state: State) -> Value:
    return constant(node.value)


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
    for side in (left, right):
        # Markup escapes what is added to it or put into it.
        if side.kind in library.MARKUP and kind in (ast.Add, ast.Mod):
            return side
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


def _lambda(run: Interpreter, node: ast.Lambda, state: State) -> Value:
    function = Function(node, run.frame.scope, guards=dict(state.guards))
    run.frame.scope.names = state.names
    defining.defaults(run, function, state)
    if not any(known.node is node for known in run.frame.inner):
        run.frame.inner.append(function)
    return Value(callee=function)


def _walrus(run: Interpreter, node: ast.NamedExpr, state: State) -> Value:
    value = run.value(node.value, state)
    targets.bind(run, node.target, value, state)
    return value


def _passed_on(run: Interpreter, node: Any, state: State) -> Value:
    return run.value(node.value, state)


def _yield(run: Interpreter, node: ast.Yield | ast.YieldFrom, state: State) -> Value:
    if node.value is not None:
        value = run.value(node.value, state)
        if isinstance(node, ast.YieldFrom):
            value = places.element(run, value, state, node)
        run.frame.yields.append(state.settled(value))
        if isinstance(node, ast.Yield):
            run.event("answer", node, state, [value])
    return run.unknown(node)


HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], Value]]] = {
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _conditional,
    ast.Lambda: _lambda,
    ast.NamedExpr: _walrus,
    ast.Await: _passed_on,
    ast.Starred: _passed_on,
    ast.Yield: _yield,
    ast.YieldFrom: _yield,
}
