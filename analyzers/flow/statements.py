"""What each kind of statement does to the state, loops and definitions aside."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow import calls, containers, defining, expressions, guards, library, targets
from analyzers.flow.origin import EVERYTHING, RESOLVED
from analyzers.flow.state import State, join_states
from analyzers.flow.value import NONE, Value, constant

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_VALIDATOR = re.compile(library.VALIDATORS, re.IGNORECASE)


_CONDITIONS = (
    ast.Compare, ast.BoolOp, ast.UnaryOp, ast.Call, ast.BinOp, ast.ListComp, ast.SetComp,
)  # fmt: skip


def _expression(run: Interpreter, node: ast.Expr, state: State) -> State | None:
    value = node.value
    run.value(value, state)
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call):
        return state
    name = run.code.name(call.func) or ""
    last = name.rpartition(".")[2]
    if name in library.NO_RETURN or last in ("abort", "exit_with_error"):
        run.frame.raises.append(state)
        return None
    if last == "relative_to" and isinstance(call.func, ast.Attribute):
        n_events = len(run.events)
        owner = run.value(call.func.value, state.copy())
        del run.events[n_events:]
        if all(RESOLVED in taint.cleared for taint in owner.taints):
            state.guard(owner.taints, frozenset({"path"}))
    if _VALIDATOR.search(last) and not _is_own(run, call.func, state):
        # It would have raised.
        for argument in call.args:
            if not isinstance(argument, ast.Starred):
                n_events = len(run.events)
                held = state.deep(run.value(argument, state.copy()))
                del run.events[n_events:]
                state.guard(held.taints, EVERYTHING)
    return state


def _is_own(run: Interpreter, node: ast.expr, state: State) -> bool:
    return isinstance(node, ast.Name) and run.value(node, state).callee is not None


def _assign(run: Interpreter, node: ast.Assign, state: State) -> State:
    value = run.value(node.value, state)
    for target in node.targets:
        targets.bind(run, target, value, state)
        _remember(run, target, node.value)
    return state


def _remember(run: Interpreter, target: ast.expr, value: ast.expr) -> None:
    if isinstance(target, ast.Name):
        if isinstance(value, _CONDITIONS):
            run.frame.scope.conditions[target.id] = value
        else:
            run.frame.scope.conditions.pop(target.id, None)


def _annotated(run: Interpreter, node: ast.AnnAssign, state: State) -> State:
    defining.annotation(run, node.annotation, state)
    if node.value is not None:
        targets.bind(run, node.target, run.value(node.value, state), state)
    return state


def _augmented(run: Interpreter, node: ast.AugAssign, state: State) -> State:
    left, right = run.value(node.target, state), run.value(node.value, state)
    thing = state.thing(left)
    if thing is not None and thing.kind == "list" and isinstance(node.op, ast.Add):
        containers.extend(run, left, thing, right, state)
        return state
    if thing is not None and thing.kind == "dict" and isinstance(node.op, ast.BitOr):
        containers.method(run, left, thing, "update", [right], {}, state)
        return state
    value = expressions.operation(run, node, type(node.op), left, right, state)
    targets.bind(run, node.target, value, state)
    return state


def _return(run: Interpreter, node: ast.Return, state: State) -> None:
    frame = run.frame
    if node.value is None:
        frame.returns.append((NONE, state))
        return
    value = run.value(node.value, state)
    run.event("answer", node, state, [value])
    if frame.splits and guards.truth(value, state) is None:
        other = state.copy()
        guards.refine(run, node.value, state, True)
        guards.refine(run, node.value, other, False)
        frame.returns += [(constant(True), state), (constant(False), other)]
        return
    frame.returns.append((value, state))


def _if(run: Interpreter, node: ast.If, state: State) -> State | None:
    truth = guards.truth(run.value(node.test, state), state)
    if truth is not None:
        guards.refine(run, node.test, state, truth)
        return run.block(node.body if truth else node.orelse, state)
    other = state.copy()
    guards.refine(run, node.test, state, True)
    guards.refine(run, node.test, other, False)
    ends = [run.block(node.body, state), run.block(node.orelse, other)]
    return join_states([end for end in ends if end is not None])


def _with(run: Interpreter, node: ast.With | ast.AsyncWith, state: State) -> State | None:
    suppresses = False
    for item in node.items:
        value = run.value(item.context_expr, state)
        suppresses = suppresses or "suppress" in value.kind
        if item.optional_vars is not None:
            thing = state.thing(value)
            enter = None
            if thing is not None and thing.owner is not None:
                enter = thing.owner.methods.get("__enter__")
            if enter is not None:
                callee = Value(callee=enter, bound=value)
                value = calls.answer(run, callee, item.context_expr, [], {}, state)
            targets.bind(run, item.optional_vars, value, state)
    before = state.copy() if suppresses else None
    end = run.block(node.body, state)
    return join_states([way for way in (end, before) if way is not None])


def _try(run: Interpreter, node: ast.Try, state: State) -> State | None:
    frame = run.frame
    outer_raises = frame.raises
    frame.raises = []
    n_returns = len(frame.returns)
    before = state.copy()
    end = run.block(node.body, state)
    failed = [before, *frame.raises]
    # It may have failed anywhere in between, with names as they were then.
    failed += [way.copy() for way in ([end] if end is not None else [])]
    frame.raises = outer_raises
    ends: list[State] = []
    if end is not None:
        ended = run.block(node.orelse, end)
        ends += [ended] if ended is not None else []
    entry = join_states(failed)
    for handler in node.handlers:
        assert entry is not None
        inside = entry.copy()
        if handler.type is not None:
            run.value(handler.type, inside)
        if handler.name is not None:
            inside.names[handler.name] = run.unknown(handler)
        ended = run.block(handler.body, inside)
        ends += [ended] if ended is not None else []
    after = join_states(ends)
    if not node.finalbody:
        return after
    if after is not None:
        return run.block(node.finalbody, after)
    left = [way for _, way in frame.returns[n_returns:]]
    run.block(node.finalbody, (join_states([*failed, *left]) or before).copy())
    return None


def _raise(run: Interpreter, node: ast.Raise, state: State) -> None:
    if node.exc is not None:
        run.value(node.exc, state)
    run.frame.raises.append(state)


def _break(run: Interpreter, node: ast.Break, state: State) -> None:
    run.frame.breaks.append(state)


def _continue(run: Interpreter, node: ast.Continue, state: State) -> None:
    run.frame.continues.append(state)


def _assert(run: Interpreter, node: ast.Assert, state: State) -> State:
    run.value(node.test, state)
    guards.refine(run, node.test, state, True)
    return state


def _delete(run: Interpreter, node: ast.Delete, state: State) -> State:
    for target in node.targets:
        if isinstance(target, ast.Name):
            state.names.pop(target.id, None)
        elif isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Slice):
            owner, key = run.value(target.value, state), run.value(target.slice, state)
            thing = state.thing(owner)
            if thing is not None and key.is_constant:
                state.put(owner, thing.without(key.constant))
    return state


def _import(run: Interpreter, node: ast.Import | ast.ImportFrom, state: State) -> State:
    for alias in node.names:
        state.names.pop(alias.asname or alias.name.partition(".")[0], None)
    return state


def _outer(run: Interpreter, node: ast.Global | ast.Nonlocal, state: State) -> State:
    scope = run.frame.scope.outer
    if isinstance(node, ast.Global):
        scope = run.frames[0].scope
    for name in node.names:
        found = scope
        while isinstance(node, ast.Nonlocal) and found is not None and name not in found.names:
            found = found.outer
        if found is not None and found is not run.frame.scope:
            run.frame.outer_names[name] = found
    return state


def _nothing(run: Interpreter, node: ast.stmt, state: State) -> State:
    return state


HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], State | None]]] = {
    ast.Expr: _expression,
    ast.Assign: _assign,
    ast.AnnAssign: _annotated,
    ast.AugAssign: _augmented,
    ast.Return: _return,
    ast.If: _if,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
    ast.TryStar: _try,
    ast.Raise: _raise,
    ast.Break: _break,
    ast.Continue: _continue,
    ast.Assert: _assert,
    ast.Delete: _delete,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Global: _outer,
    ast.Nonlocal: _outer,
    ast.Pass: _nothing,
}
