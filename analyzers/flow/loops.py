"""Loops: two rounds, so that what one carries over reaches the other."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow import guards, places, targets
from analyzers.flow.state import State, join_states

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_N_ROUNDS = 2


def _while(run: Interpreter, node: ast.While, state: State) -> State | None:
    ways_out: list[State] = []
    current: State | None = state
    n_rounds = 1 if run.is_brief else _N_ROUNDS
    for number in range(n_rounds):
        assert current is not None
        truth = guards.truth(run.value(node.test, current), current)
        if truth is False:
            ways_out.append(current)
            break
        outside = current.copy()
        guards.refine(run, node.test, outside, False)
        if not _is_endless(node.test, truth, number):
            ways_out.append(outside)
        guards.refine(run, node.test, current, True)
        following, broken = _round(run, node.body, current)
        ways_out += broken
        if following is None:
            break
        current = join_states([outside, following])
        if number == n_rounds - 1 and current is not None and not _is_true(node.test):
            ways_out.append(following)
    return _after(run, node.orelse, ways_out)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _is_endless(node: ast.expr, truth: bool | None, number: int) -> bool:
    """`while True` is left by `break` alone, and a first round that must be is not passed over."""
    return _is_true(node) or (truth is True and number == 0)


def _after(run: Interpreter, orelse: list[ast.stmt], ways_out: list[State]) -> State | None:
    end = join_states(ways_out)
    return end if end is None or not orelse else run.block(orelse, end)


def _round(
    run: Interpreter, body: list[ast.stmt], state: State
) -> tuple[State | None, list[State]]:
    """The state after one round of a loop, and those in which it was left."""
    frame = run.frame
    saved = frame.breaks, frame.continues
    frame.breaks, frame.continues = [], []
    end = run.block(body, state)
    broken, continued = frame.breaks, frame.continues
    frame.breaks, frame.continues = saved
    return join_states([*([] if end is None else [end]), *continued]), broken


def _for(run: Interpreter, node: ast.For | ast.AsyncFor, state: State) -> State | None:
    source = run.value(node.iter, state)
    thing = state.thing(source)
    element = places.element(run, source, state, node.iter)
    ways_out: list[State] = []
    current: State | None = state
    is_filled = guards.truth(source, state) is True
    if not is_filled:
        ways_out.append(state.copy())
    if thing is not None and thing.items == () and thing.rest is None:
        return _after(run, node.orelse, ways_out)
    for _ in range(1 if run.is_brief else _N_ROUNDS):
        assert current is not None
        before = current.copy()
        targets.bind(run, node.target, element, current)
        following, broken = _round(run, node.body, current)
        ways_out += broken
        if following is None:
            break
        ways_out.append(following.copy())
        current = join_states([before, following])
    return _after(run, node.orelse, ways_out)


HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], State | None]]] = {
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
}
