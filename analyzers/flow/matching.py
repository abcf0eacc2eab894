"""`match`: which case is taken, and what its names are bound to."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from analyzers.flow import guards, places
from analyzers.flow.heap import Thing
from analyzers.flow.origin import EVERYTHING, PART
from analyzers.flow.state import State, join_states
from analyzers.flow.value import Value, derived

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter


def match(run: Interpreter, node: ast.Match, state: State) -> State | None:
    """The state after a match statement."""
    subject = run.value(node.subject, state)
    ends: list[State] = []
    current = state
    for case in node.cases:
        applies = _applies(run, case.pattern, subject, current)
        if applies is False:
            continue
        inside = current.copy()
        _bind(run, case.pattern, subject, inside)
        if case.guard is not None:
            truth = guards.truth(run.value(case.guard, inside), inside)
            if truth is False:
                continue
            applies = True if applies and truth else None
            guards.refine(run, case.guard, inside, True)
        end = run.block(case.body, inside)
        ends += [end] if end is not None else []
        if applies:
            return join_states(ends)
    ends.append(current)
    return join_states(ends)


def _applies(run: Interpreter, pattern: ast.pattern, subject: Value, state: State) -> bool | None:
    """Whether a case is taken, None where that is not known."""
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is None:
            return True
        return _applies(run, pattern.pattern, subject, state)
    if isinstance(pattern, ast.MatchOr):
        answers = [_applies(run, p, subject, state) for p in pattern.patterns]
        return True if True in answers else None if None in answers else False
    if isinstance(pattern, ast.MatchValue | ast.MatchSingleton):
        if isinstance(pattern, ast.MatchSingleton):
            wanted: object = pattern.value
        else:
            value = run.value(pattern.value, state)
            if not value.is_constant:
                return None
            wanted = value.constant
        if not subject.options:
            return None
        answers = [option == wanted for option in subject.options]
        return answers[0] if all(answer is answers[0] for answer in answers) else None
    return None


def _bind(run: Interpreter, pattern: ast.pattern, subject: Value, state: State) -> None:
    if isinstance(pattern, ast.MatchAs):
        if pattern.pattern is not None:
            _bind(run, pattern.pattern, subject, state)
        if pattern.name is not None:
            state.names[pattern.name] = state.settled(subject)
        return
    if isinstance(pattern, ast.MatchOr):
        if all(isinstance(p, ast.MatchValue) for p in pattern.patterns):
            _allowed(subject, state)
        for below in pattern.patterns:
            _names(run, below, subject, state)
        return
    if isinstance(pattern, ast.MatchValue):
        _allowed(subject, state)
        return
    _names(run, pattern, subject, state)


def _allowed(subject: Value, state: State) -> None:
    """In this case the subject is one of the program's own constants."""
    state.guard([t for t in subject.taints if PART not in t.cleared], EVERYTHING)


def _names(run: Interpreter, pattern: ast.pattern, subject: Value, state: State) -> None:
    thing = state.thing(subject)
    items = None if thing is None else thing.items
    if isinstance(pattern, ast.MatchSequence) and items and len(items) == len(pattern.patterns):
        for below, item in zip(pattern.patterns, items, strict=True):
            _bind(run, below, item, state)
        return
    if isinstance(pattern, ast.MatchMapping):
        for key, below in zip(pattern.keys, pattern.patterns, strict=True):
            held = places.item(run, key, subject, run.value(key, state), state)
            _bind(run, below, held, state)
        if pattern.rest is not None:
            state.names[pattern.rest] = derived(state.deep(subject))
        return
    held = derived(state.deep(subject))
    for node in ast.walk(pattern):
        name = getattr(node, "name", None)
        if isinstance(node, ast.MatchAs | ast.MatchStar) and name is not None:
            is_list = isinstance(node, ast.MatchStar)
            state.names[name] = run.new(state, Thing("list", rest=held)) if is_list else held
