"""One run of the interpreter over a file, shared by all rules that ask for it."""

from __future__ import annotations

import ast
import re
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from analyzers.code import Code
from analyzers.flow import callers, places, request
from analyzers.flow.definitions import Class, Function, Scope, parameter_nodes
from analyzers.flow.events import Event
from analyzers.flow.heap import Thing, join_things
from analyzers.flow.interpreter import Frame, Interpreter, OutOfBudgetError
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, Value
from analyzers.unparsed import unparsed

_Result = TypeVar("_Result")
# A file of 300 lines takes some 1,500 steps; a step takes about five microseconds.
_STEPS_PER_FILE = 60_000
_STEPS_PER_FUNCTION = 10_000
# For a check somebody waits.
_STEPS_PER_CHECK = 8_000
# In brief, calls are not followed and loops run once, so that more code costs as many steps.
_BRIEF_STEPS_PER_FILE = 240_000
_BRIEF_STEPS_PER_FUNCTION = 40_000


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was seen.

    by_name: calls by the last part of what is called.
    is_complete: whether everything was interpreted in full; else some of it was in brief.
    is_read: whether everything was interpreted at least in brief.
    has_remote: whether anything in it comes from the network.
    plain_ends: as in `Interpreter`.
    """

    events: tuple[Event, ...]
    by_name: dict[str, list[Event]]
    is_complete: bool
    is_read: bool
    has_remote: bool
    plain_ends: Mapping[tuple[int | None, int | None], bool]

    def calls(self, names: Sequence[str]) -> Iterator[Event]:
        """The calls of functions and methods whose last part is one of these."""
        for name in names:
            yield from self.by_name.get(name, ())

    def of(self, what: str) -> Iterator[Event]:
        """The stores or the answers."""
        return (event for event in self.events if event.what == what)


_known: weakref.WeakKeyDictionary[Code, Analysis] = weakref.WeakKeyDictionary()


def analysis(code: Code) -> Analysis:
    """What happens in a text; made once for each."""
    found = _known.get(code)
    if found is None:
        found = _known[code] = _analysed(code)
    return found


def _analysed(code: Code) -> Analysis:
    run = Interpreter(code, _STEPS_PER_FILE)
    driver = _Driver(run)
    driver.go()
    by_name: dict[str, list[Event]] = defaultdict(list)
    for event in run.events:
        if event.what == "call":
            by_name[event.method].append(event)
    return Analysis(
        tuple(run.events),
        by_name,
        driver.is_complete,
        driver.is_read,
        run.origins.has_remote,
        run.plain_ends,
    )


def was_left_out(code: Code) -> bool:
    """Whether data was followed in `code`, but not through all of it."""
    found = _known.get(code)
    return found is not None and not found.is_read


def is_without_remote(code: Code) -> bool:
    """Whether data was followed through all of `code`, and none came from the network."""
    found = _known.get(code)
    return found is not None and found.is_complete and not found.has_remote


def is_plain(code: Code, line: int, column: int) -> bool | None:
    """Whether a name or an attribute that ends there was never from the network when it was read.

    line, column: from 1, and in bytes of UTF-8. None if it was not read, or not all was followed.
    """
    found = _known.get(code)
    if found is None or not found.is_complete:
        return None
    return found.plain_ends.get((line, column))


class _Driver:
    """Runs the top level, then every function asked about, each as if called from outside."""

    def __init__(self, run: Interpreter) -> None:
        self._run = run
        # One purse for what is done in full, one for what is done in brief.
        is_whole = run.code.focus is None
        self._left = [_STEPS_PER_FILE if is_whole else _STEPS_PER_CHECK, _BRIEF_STEPS_PER_FILE]
        self.is_complete = True
        self.is_read = True
        self._callers = callers.of_focus(run.code)

    def go(self) -> None:
        """Runs all that the steps suffice for."""
        run = self._run
        frame = Frame(None, Scope(None, {}))
        run.frames.append(frame)

        def top() -> State | None:
            frame.inner = []
            state = State({}, {}, {}, {})
            for statement in run.code.tree.body:
                frame.in_focus = run.code.is_in_focus(statement)
                state = run.block([statement], state) or state
            return state

        end = self._bounded(top) or State({}, {}, {}, {})
        frame.scope.names = end.names
        frame.in_focus = run.code.focus is None
        self._inner(frame, end)

    def _bounded(self, step: Callable[[], _Result]) -> _Result | None:
        """Runs something with a share of the steps, and what is too much for them once more, in
        brief.
        """
        run = self._run
        for run.is_brief in (False, True):
            depth = len(run.frames)
            most = _BRIEF_STEPS_PER_FUNCTION if run.is_brief else _STEPS_PER_FUNCTION
            share = run.n_steps = min(most, self._left[run.is_brief])
            try:
                return step()
            except (OutOfBudgetError, RecursionError):
                self.is_complete = False
                del run.frames[depth:]
                run.reset()
            finally:
                self._left[run.is_brief] -= share - max(run.n_steps, 0)
        self.is_read = False
        return None

    def _inner(self, frame: Frame, state: State) -> None:
        """The functions that were defined in a frame, in the order in which they are run."""
        functions = sorted(frame.inner, key=_order)
        frame.inner = []
        for function in functions:
            if self._left[True] <= 0:
                self.is_complete = self.is_read = False
                return
            if self._is_wanted(function):
                self._entry(function, state)

    def _is_wanted(self, function: Function) -> bool:
        if function.owner is not None and function.name == "__init__":
            return True
        if isinstance(function.node, ast.Lambda) and function.node in self._run.seen_lambdas:
            return False
        if function.n_calls and not request.serves_requests(function):
            is_inner = function.scope.outer is not None and function.owner is None
            if is_inner or (function.name.startswith("_") and not function.name.startswith("__")):
                # It is the file's own, and was seen with what the file gives it.
                return False
        return self._run.code.is_in_focus(function.node) or function.node in self._callers

    def _entry(self, function: Function, outer: State) -> None:
        run = self._run
        state = State(outer.names, {}, {}, {**outer.below, **outer.things})
        names: dict[str, Value] = {}
        instance = None
        for number, argument in enumerate(parameter_nodes(function.node)):
            if number == 0 and function.owner is not None and argument.arg in ("self", "cls"):
                instance = _instance(run, function.owner, state)
                names[argument.arg] = (
                    instance if argument.arg == "self" else Value(callee=function.owner)
                )
            elif argument is getattr(function.node.args, "vararg", None):
                held = request.parameter(run, function, argument)
                names[argument.arg] = run.new(state, Thing("tuple", rest=held))
            elif argument is getattr(function.node.args, "kwarg", None):
                held = request.parameter(run, function, argument)
                names[argument.arg] = run.new(state, Thing("dict", rest=held))
            else:
                value = request.parameter(run, function, argument)
                names[argument.arg] = _with_fields(run, argument, value, outer, state)

        def step() -> Frame:
            # The names around a function stay what they are: it may change them.
            inside = State(outer.names, dict(state.things), dict(function.guards), state.below)
            return run.run(function, dict(names), inside)

        frame = self._bounded(step)
        if frame is None:
            return
        ended = frame.returns[-1][1] if frame.returns else state
        if instance is not None and function.owner is not None:
            for _, after in frame.returns:
                _keep(function.owner, instance, after, outer)
        if frame.inner:
            run.frames.append(frame)
            self._inner(frame, ended)
            run.frames.pop()


def _with_fields(
    run: Interpreter, argument: ast.arg, value: Value, outer: State, state: State
) -> Value:
    """A parameter that is a class of the file: what holds numbers or its words holds no text."""
    if argument.annotation is None:
        return value
    written = re.sub(
        r"^(?:typing\.)?Optional\[(.*)\]$|\s*\|\s*None$", r"\1", unparsed(argument.annotation)
    )
    named = outer.names.get(written)
    if named is None or not isinstance(named.callee, Class):
        return value
    if any(places.ENUMERATION.search(base) for base in named.callee.bases):
        # A framework lets only the words through that the class says.
        return Value(kind=places.MEMBER)
    harmless: dict[object, Value] = {
        field.target.id: CLEAN
        for field in named.callee.node.body
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and request.is_harmless_type(unparsed(field.annotation))
    }
    if not harmless:
        return value
    return run.new(state, Thing("object", None, harmless, value))


def _order(function: Function) -> int:
    """Initialisers first, since others need what they store; the file's own after their callers."""
    if function.owner is not None and function.name == "__init__":
        return 0
    return 2 if function.name.startswith("_") and not function.name.startswith("__") else 1


def _instance(run: Interpreter, owner: Class, state: State) -> Value:
    """The one object that stands for all of a class, with what its methods have left in it."""
    if owner.instance is None or state.at(owner.instance) is None:
        made = run.new(state, Thing("object", owner=owner), kind=owner.node.name)
        owner.instance = made.refs[0]
        return made
    return Value(refs=(owner.instance,), kind=owner.node.name)


def _keep(owner: Class, instance: Value, after: State, outer: State) -> None:
    """What a method stored in its object is there for the others."""
    ref = instance.refs[0]
    thing = after.things.get(ref)
    if thing is None:
        return
    known = outer.at(ref)
    outer.things[ref] = thing if known is None else join_things(known, thing)
    for held in thing.everything():
        for below in held.refs:
            if below in after.things:
                outer.things.setdefault(below, after.things[below])
