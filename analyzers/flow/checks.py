"""Calls in conditions: the checks that programs make of a value before they use it."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from analyzers.flow import calls, guards, home, library, patterns, places, targets
from analyzers.flow.context import WEB_ADDRESS
from analyzers.flow.definitions import Function
from analyzers.flow.origin import (
    AT_HOME,
    EVERYTHING,
    NEARLY_UNDER,
    NO_DOTS,
    NOT_ABSOLUTE,
    RESOLVED,
    UNDER,
    Level,
)
from analyzers.flow.state import State, join_states
from analyzers.flow.value import Value
from analyzers.unparsed import unparsed

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

# What together make a text a plain string literal, which is harmless as code.
_LITERAL = (
    frozenset({"starts quoted"}), frozenset({"ends quoted"}), frozenset({"no quote inside"}),
)  # fmt: skip


_HARMLESS_TYPES = re.compile(r"\b(int|float|bool|complex|UUID|Decimal|date|datetime|Enum)\b")


_VALIDATOR = re.compile(library.VALIDATORS, re.IGNORECASE)


def call(run: Interpreter, node: ast.Call, state: State, holds: bool) -> None:
    name = guards.called_name(node)
    callee = _callee_value(run, node, state)
    if callee is not None and isinstance(callee.callee, Function):
        _own_function(run, node, callee, state, holds)
        return
    if name in ("any", "all") and len(node.args) == 1:
        _each(run, node.args[0], state, holds, name)
        return
    if name == "bool" and node.args:
        guards.refine(run, node.args[0], state, holds)
        return
    if not holds:
        if name == "startswith" and isinstance(node.func, ast.Attribute) and node.args:
            _starts_not(run, node.args[0], guards.quietly(run, node.func.value, state), state)
        elif name == "isabs" and node.args:
            state.believe(guards.quietly(run, node.args[0], state), frozenset({NOT_ABSOLUTE}))
        elif name == "is_absolute" and isinstance(node.func, ast.Attribute):
            state.believe(guards.quietly(run, node.func.value, state), frozenset({NOT_ABSOLUTE}))
        return
    if name == "isinstance" and len(node.args) == 2:
        if _HARMLESS_TYPES.search(unparsed(node.args[1])):
            state.believe(guards.quietly(run, node.args[0], state), EVERYTHING)
        return
    if name in ("match", "fullmatch", "search"):
        _matched(run, node, state, name)
        return
    if name == "issubset" and isinstance(node.func, ast.Attribute) and node.args:
        if guards.is_ours(guards.quietly(run, node.args[0], state), state):
            guards.all_known(run, node.func.value, state)
        return
    if name == "compare_digest":
        _authentic(run, node, state)
    if isinstance(node.func, ast.Attribute):
        _method(run, node, node.func, state, name)
    if _VALIDATOR.search(name):
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            state.guard(state.deep(guards.quietly(run, argument, state)).taints, EVERYTHING)
        if isinstance(node.func, ast.Attribute):
            owner = guards.quietly(run, node.func.value, state)
            if owner.level is not None and owner.level > Level.UNKNOWN:
                state.guard(owner.taints, EVERYTHING)


def _authentic(run: Interpreter, node: ast.Call, state: State) -> None:
    """What a code was made of that is the one expected comes from whoever has the key."""
    for side in node.args:
        made: ast.expr | None = side
        if isinstance(side, ast.Name):
            made = run.frame.scope.conditions.get(side.id)
        for call in () if made is None else ast.walk(made):
            if isinstance(call, ast.Call):
                for given in call.args:
                    held = state.deep(guards.quietly(run, given, state))
                    state.guard(held.taints, frozenset({"data"}))


def _method(
    run: Interpreter, node: ast.Call, function: ast.Attribute, state: State, name: str
) -> None:
    receiver = guards.quietly(run, function.value, state)
    if name in library.PLAIN_METHODS:
        state.believe(_simplified(run, function.value, receiver, state), EVERYTHING)
    elif name == "startswith" and node.args:
        _starts(run, node.args[0], receiver, state)
    elif name == "endswith" and node.args:
        end = guards.quietly(run, node.args[0], state)
        if end.options in (("'",), ('"',)):
            state.believe(receiver, _LITERAL[1])
    elif name == "is_relative_to" and all(RESOLVED in t.cleared for t in receiver.taints):
        state.guard(receiver.taints, frozenset({"path"}))


def _simplified(run: Interpreter, node: ast.expr, value: Value, state: State) -> Value:
    """`name.replace("_", "").isalnum()` says enough of the name."""
    if isinstance(node, ast.Call) and guards.called_name(node) == "replace" and len(node.args) == 2:
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if len(texts) == 2 and texts[0] in ("_", "-", " ", ".") and texts[1] == "":
            assert isinstance(node.func, ast.Attribute)
            inner = guards.quietly(run, node.func.value, state)
            return _simplified(run, node.func.value, inner, state)
    return value


def _starts(run: Interpreter, node: ast.expr, receiver: Value, state: State) -> None:
    start = guards.quietly(run, node, state)
    if start.options in (("'",), ('"',)):
        state.believe(receiver, _LITERAL[0])
        return
    options = _texts(node, start, state)
    if options and all(re.match(r"https?://[^/]+/", option) for option in options):
        state.believe(receiver, home.SAME_HOST)
    elif options == ["/"]:
        state.believe(receiver, frozenset({AT_HOME[0]}))
    if options and all(re.match(r"https?:/|/", option) for option in options):
        state.believe(receiver, frozenset({WEB_ADDRESS}))
    if guards.is_ours(start, state) and not all(
        option in ("/", "./") for option in options or [""]
    ):
        # "/srv/files-of-others" begins with "/srv/files" too.
        is_open = start.is_constant and not str(start.constant).endswith(("/", "\\"))
        state.guard(receiver.taints, frozenset({NEARLY_UNDER if is_open else UNDER}))


def _texts(node: ast.expr, value: Value, state: State) -> list[str]:
    """The texts that a value can be, or those that are in it; `("/", "..")` is written out."""
    known = home.signs(node, value, state)
    listed = known if isinstance(known, tuple) else value.options
    return [option for option in listed if isinstance(option, str)]


def _starts_not(run: Interpreter, node: ast.expr, receiver: Value, state: State) -> None:
    """`target.startswith("/") and not target.startswith("//")` keeps a redirect at home."""
    start = guards.quietly(run, node, state)
    options = set(_texts(node, start, state))
    if "//" in options:
        state.believe(receiver, frozenset({AT_HOME[1]}))
    if "/" in options:
        state.believe(receiver, frozenset({NOT_ABSOLUTE}))
    is_simple = all(RESOLVED in taint.cleared for taint in receiver.taints)
    if is_simple and not options.isdisjoint(("..", "../")):
        # Of a path that was simplified, ".." is only left at its beginning.
        state.believe(receiver, frozenset({NO_DOTS}))


def _matched(run: Interpreter, node: ast.Call, state: State, name: str) -> None:
    """A regular expression that lets only plain signs through, held against all of a text."""
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return
    owner = guards.quietly(run, node.func.value, state)
    if owner.name == "re" and len(node.args) > 1:
        pattern, text = guards.quietly(run, node.args[0], state), node.args[1]
    else:
        pattern, text = owner, node.args[0]
    if not pattern.is_constant or not isinstance(pattern.constant, str):
        return
    written = pattern.constant
    starts = name != "search" or written.startswith(("^", r"\A"))
    ends = name == "fullmatch" or written.endswith(("$", r"\Z", r"\z"))
    if starts and ends and patterns.is_restrictive(written):
        state.believe(guards.quietly(run, text, state), EVERYTHING)


def _each(run: Interpreter, node: ast.expr, state: State, holds: bool, name: str) -> None:
    """`all(c in ALLOWED for c in text)` and `not any(c in text for c in BAD)`."""
    if not isinstance(node, ast.GeneratorExp | ast.ListComp) or len(node.generators) != 1:
        return
    generator = node.generators[0]
    looped = guards.quietly(run, generator.iter, state)
    if name == "all" and holds:
        if not guards.is_ours(looped, state) or looped.taints:
            state.believe(looped, EVERYTHING)
    elif name == "any" and not holds and isinstance(node.elt, ast.Compare):
        for operator, right in zip(node.elt.ops, node.elt.comparators, strict=True):
            if isinstance(operator, ast.In):
                state.believe(guards.quietly(run, right, state), EVERYTHING)
            else:
                state.believe(looped, EVERYTHING)
    elif name == "any" and holds and isinstance(node.elt, ast.Call):
        # any(target.startswith(prefix) for prefix in ALLOWED)
        inner = state.copy()
        targets.bind(
            run, generator.target, places.element(run, looped, inner, generator.iter), inner
        )
        guards.refine(run, node.elt, inner, True)
        state.guards = inner.guards


def _callee_value(run: Interpreter, node: ast.Call, state: State) -> Value | None:
    if isinstance(node.func, ast.Name):
        return guards.quietly(run, node.func, state)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        owner = guards.quietly(run, node.func.value, state)
        thing = state.thing(owner)
        if owner.callee is not None or (thing is not None and thing.owner is not None):
            return guards.quietly(run, node.func, state)
    return None


def _own_function(
    run: Interpreter, node: ast.Call, callee: Value, state: State, holds: bool
) -> None:
    """What a function of the file has made sure of on the ways on which it answers so."""
    function = callee.callee
    assert isinstance(function, Function)
    if len(run.frames) > 4 or any(frame.function is function for frame in run.frames):
        return
    n_events = len(run.events)
    inside = state.copy()
    arguments = [run.value(a, inside) for a in node.args if not isinstance(a, ast.Starred)]
    keywords = {k.arg: run.value(k.value, inside) for k in node.keywords if k.arg}
    names = calls.bound_names(run, callee, arguments, keywords, node, inside)
    frame = run.run(function, names, inside, splits=True)
    del run.events[n_events:]
    ways = [after for value, after in frame.returns if guards.truth(value, after) in (holds, None)]
    joined = join_states(ways)
    if joined is None:
        return
    state.guards = joined.guards
    positional = [*function.node.args.posonlyargs, *function.node.args.args]
    if callee.bound is not None:
        positional = positional[1:]
    for parameter, given in zip(positional, arguments, strict=False):
        after = joined.names.get(parameter.arg)
        if after is not None and after.taints and given.taints:
            state.believe(given, frozenset.intersection(*(t.cleared for t in after.taints)))
