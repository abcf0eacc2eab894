"""Functions that are handed on to be called: with what, as far as the call says so."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from analyzers.flow import calls, places
from analyzers.flow.definitions import Function
from analyzers.flow.origin import THROUGH, Level
from analyzers.flow.state import State
from analyzers.flow.value import Value, union

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

# What calls a function with the arguments behind it, by where the function stands.
_WITH_THE_REST: Final = {
    "submit": 0, "to_thread": 0, "run_in_executor": 1, "call_soon": 0, "call_soon_threadsafe": 0,
    "call_later": 1, "call_at": 1, "run_sync": 0, "run_in_threadpool": 0, "add_task": 0,
    "deferToThread": 0, "callInThread": 0, "callLater": 1, "partial": 0, "spawn_later": 1,
    "add_callback": 0, "call_in_executor": 0,
}  # fmt: skip
# What calls it with what is packed into the argument behind it.
_WITH_A_TUPLE: Final = {
    "start_new_thread": 0, "apply_async": 0, "apply": 0, "Timer": 1, "enter": 2, "enterabs": 2,
}  # fmt: skip
# What calls it with each of what follows.
_WITH_EACH: Final = frozenset({"map", "imap", "imap_unordered", "starmap", "map_async", "filter"})
_WITH_TARGET: Final = frozenset({"Thread", "Process", "Timer"})
_UNSEEN = frozenset({THROUGH})


def handed_on(
    run: Interpreter,
    node: ast.Call,
    last: str,
    receiver: Value | None,
    arguments: Sequence[Value],
    keywords: dict[str, Value],
    state: State,
) -> None:
    """Calls the functions among the arguments of a call, as whoever gets them will.

    last: the last part of what is called.
    """
    values = [*arguments, *keywords.values()]
    _methods(run, node, last, arguments, keywords, state)
    if not any(value.name or value.callee is not None for value in values):
        return
    for function, given, named in _known(run, node, last, receiver, arguments, keywords, state):
        if function.name:
            run.event(
                "call",
                node,
                state,
                given,
                name=function.name,
                method=function.name.rpartition(".")[2],
                keywords=named,
            )
        elif isinstance(function.callee, Function) and last != "map":
            calls.answer(run, function, node, given, named, state.copy())
    for value in values:
        callee = value.callee
        if not isinstance(callee, Function) or not isinstance(callee.node, ast.Lambda):
            continue
        if callee.node not in run.seen_lambdas:
            others = [receiver, *values] if receiver is not None else values
            _run_lambda(run, value, [v for v in others if v is not value], node, state)


def _methods(
    run: Interpreter,
    node: ast.Call,
    last: str,
    arguments: Sequence[Value],
    keywords: dict[str, Value],
    state: State,
) -> None:
    """`asyncio.to_thread(path.read_text)` calls a method of an object that is no class's here."""
    at = _WITH_THE_REST.get(last)
    if at is None or len(node.args) <= at or len(node.args) != len(arguments):
        return
    method, value = node.args[at], arguments[at]
    if isinstance(method, ast.Attribute) and not value.name and value.callee is None:
        owner = run.value(method.value, state.copy())
        given = arguments[at + 1 :]
        run.event("call", node, state, given, method=method.attr, receiver=owner, keywords=keywords)


def _known(
    run: Interpreter,
    node: ast.Call,
    last: str,
    receiver: Value | None,
    arguments: Sequence[Value],
    keywords: dict[str, Value],
    state: State,
) -> list[tuple[Value, list[Value], dict[str, Value]]]:
    """The function that is handed on, and what it will be called with."""
    if (last in _WITH_TARGET and "target" in keywords) or "function" in keywords:
        function = keywords.get("target") or keywords["function"]
        packed = keywords.get("kwargs")
        thing = None if packed is None else state.thing(packed)
        named = {} if thing is None else {str(k): v for k, v in thing.fields.items()}
        return [(function, _unpacked(run, keywords.get("args"), node, state), named)]
    at = _WITH_THE_REST.get(last)
    if at is not None and at < len(arguments):
        return [(arguments[at], list(arguments[at + 1 :]), dict(keywords))]
    at = _WITH_A_TUPLE.get(last)
    if at is not None and at < len(arguments):
        packed = keywords.get("args")
        if packed is None and at + 1 < len(arguments):
            packed = arguments[-1]
        if packed is None and last == "apply" and receiver is not None:
            return [(arguments[at], [places.element(run, receiver, state, node)], {})]
        return [(arguments[at], _unpacked(run, packed, node, state), {})]
    if last in _WITH_EACH and len(arguments) > 1:
        each = [places.element(run, value, state, node) for value in arguments[1:]]
        return [(arguments[0], each, {})]
    return []


def _unpacked(run: Interpreter, packed: Value | None, node: ast.Call, state: State) -> list[Value]:
    if packed is None:
        return []
    thing = state.thing(packed)
    if thing is not None and thing.items is not None and thing.rest is None:
        return list(thing.items)
    return [places.element(run, packed, state, node)]


def _run_lambda(
    run: Interpreter, value: Value, others: list[Value], node: ast.Call, state: State
) -> None:
    """A lambda gets something of what it is handed over with, for all that is known."""
    function = value.callee
    assert isinstance(function, Function)
    held = union(*(state.deep(other) for other in others))
    taints = frozenset(t.with_cleared(_UNSEEN) for t in held if t.origin.level > Level.UNKNOWN)
    inside = state.copy()
    names = calls.bound_names(run, value, [], {}, node, inside)
    if taints:
        names = {name: Value(taints) for name in names}
    run.call(function, names, node, inside)
