"""The interpreter: what it shares, its bounds, and the way into functions of the file."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from analyzers.code import Code
from analyzers.flow import (
    calls,
    defining,
    displays,
    expressions,
    loops,
    matching,
    places,
    request,
    sources,
    statements,
)
from analyzers.flow.definitions import Function, Scope, parameter_nodes
from analyzers.flow.events import Event, Origins
from analyzers.flow.heap import Thing, joined
from analyzers.flow.origin import Level, Taint
from analyzers.flow.reach import Reach
from analyzers.flow.state import State, join_states
from analyzers.flow.value import CLEAN, NONE, Value

MAX_CALL_DEPTH = 5
# Where nothing comes from the network, calls are followed for constants and for what is checked.
_DEPTH_OF_UNKNOWN = 2
_MAX_NESTING = 120
_MAX_SAME_FUNCTION = 40


_EXPRESSIONS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], Value]]] = {
    **expressions.HANDLERS,
    **places.HANDLERS,
    **displays.HANDLERS,
    ast.Call: calls.call,
}
_STATEMENTS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], State | None]]] = {
    **statements.HANDLERS,
    **loops.HANDLERS,
    **defining.HANDLERS,
    ast.Match: matching.match,
}


class OutOfBudgetError(Exception):
    """The file asks for more steps than it may have."""


@dataclass(slots=True, eq=False)
class Frame:
    """One run of a function, or of the file's top level (function is None).

    splits: a `return` of a condition counts as two, one for each truth, with its guards.
    in_focus: whether it, or what called it, is a place that findings are wanted for.
    """

    function: Function | None
    scope: Scope
    splits: bool = False
    returns: list[tuple[Value, State]] = field(default_factory=list)
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    raises: list[State] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    inner: list[Function] = field(default_factory=list)
    outer_names: dict[str, Scope] = field(default_factory=dict)
    self_value: Value | None = None
    in_focus: bool = True


class Interpreter:
    """Runs a file's parts on values of which not everything is known.

    has_framework: whether the file imports something that gets requests.
    is_brief: calls of the file's functions are not followed, and loops are gone through once.
    plain_ends: by line and column where a name or an attribute that was read ends, whether each
        time nothing of its value came from the network.
    n_ways: how many conditions of which one of several holds are being refined, one in another.
    """

    def __init__(self, code: Code, n_steps: int) -> None:
        self.code = code
        self.events: list[Event] = []
        self.origins = Origins()
        self.frames: list[Frame] = []
        self.n_steps = n_steps
        roots = {name.partition(".")[0] for name in code.imports.values()}
        self.serves_network = not roots.isdisjoint(sources.NETWORK_MODULES)
        self.has_framework = not roots.isdisjoint(sources.FRAMEWORKS)
        self.is_brief = False
        self.plain_ends: dict[tuple[int | None, int | None], bool] = {}
        self.seen_lambdas: set[ast.AST] = set()
        self.first_places: dict[tuple[Function | None, str], ast.AST] = {}
        self._wanted: dict[ast.AST, bool] = {}
        self.n_ways = 0
        self._nesting = 0
        self._n_things = 0
        self._reach = Reach(code)

    @property
    def frame(self) -> Frame:
        """The function that runs."""
        return self.frames[-1]

    def reset(self) -> None:
        """Forgets how deep it was when it was stopped."""
        self._nesting = 0

    def value(self, node: ast.expr, state: State) -> Value:
        """What an expression is worth, changing the state as it does.

        Raises:
            OutOfBudgetError: the steps are used up.
        """
        self.n_steps -= 1
        if self.n_steps < 0:
            raise OutOfBudgetError
        handler = _EXPRESSIONS.get(type(node))
        if handler is None or self._nesting > _MAX_NESTING:
            return self.unknown(node)
        # Where a run is stopped, `reset` forgets this.
        self._nesting += 1
        value = handler(self, node, state)
        self._nesting -= 1
        return value

    def was_read(self, node: ast.Name | ast.Attribute, value: Value, state: State) -> None:
        """Remembers what a name or an attribute was."""
        end = node.end_lineno, node.end_col_offset
        if self.plain_ends.get(end, True):
            is_plain = value.kind not in request.KINDS
            if is_plain and self.origins.has_remote:
                level = (state.deep(value) if value.refs else value).level
                is_plain = level is not Level.REMOTE
            self.plain_ends[end] = is_plain

    def block(self, body: Sequence[ast.stmt], state: State | None) -> State | None:
        """The state after statements, None where their end is never reached.

        What follows a `return` outside of functions was cut out of one, from another place in it.
        """
        last = state
        for statement in body:
            if state is None:
                if last is None or self.frame.function is not None:
                    return None
                state = last
            last = state
            self.n_steps -= 1
            if self.n_steps < 0:
                raise OutOfBudgetError
            handler = _STATEMENTS.get(type(statement))
            if handler is None or self._nesting > _MAX_NESTING:
                continue
            self._nesting += 1
            state = handler(self, statement, state)
            self._nesting -= 1
        return state

    def unknown(self, node: ast.AST, name: str = "", note: str = "") -> Value:
        """A value that nothing is known of."""
        return Value(self.taints(node, Level.UNKNOWN, note or "not known here"), name=name)

    def taints(
        self, node: ast.AST, level: Level, note: str, path: tuple[str, ...] = ()
    ) -> frozenset[Taint]:
        """The origins of a value that enters here."""
        return frozenset({Taint(self.origins.at(node, level, note, path))})

    def new(self, state: State, thing: Thing, kind: str = "") -> Value:
        """A new object on the heap."""
        self._n_things += 1
        state.things[self._n_things] = thing
        return Value(refs=(self._n_things,), kind=kind or thing.kind)

    def event(
        self,
        what: str,
        node: ast.expr | ast.stmt,
        state: State,
        arguments: Sequence[Value],
        *,
        name: str = "",
        method: str = "",
        receiver: Value | None = None,
        keywords: Mapping[str, Value] | None = None,
        has_more: bool = False,
    ) -> None:
        """Leaves an event behind."""
        settled = tuple(map(state.settled, arguments))
        named = {key: state.settled(value) for key, value in (keywords or {}).items()}
        held = [value for value in (*settled, *named.values(), receiver) if value and value.refs]
        function = self.frame.function
        self.events.append(
            Event(
                what,  # type: ignore[arg-type]
                node,
                name,
                method,
                None if receiver is None else state.settled(receiver),
                settled,
                named,
                None if function is None else function.node,
                state.reachable(held) if held else {},
                has_more,
                self.frame.in_focus,
            )
        )

    def run(
        self,
        function: Function,
        names: dict[str, Value],
        state: State,
        *,
        splits: bool = False,
    ) -> Frame:
        """Runs a function with its parameters bound; `state` goes on where it returns."""
        if self.frames:
            self.frame.scope.names = state.names
        frame = Frame(function, Scope(function.scope, names), splits)
        frame.in_focus = any(above.in_focus for above in self.frames) or self._is_wanted(function)
        frame.self_value = names.get("self")
        self.frames.append(frame)
        inside = State(names, state.things, state.guards, state.below)
        try:
            if isinstance(function.node, ast.Lambda):
                self.seen_lambdas.add(function.node)
                frame.returns.append((self.value(function.node.body, inside), inside))
            else:
                end = self.block(function.node.body, inside)
                if end is not None:
                    frame.returns.append((NONE, end))
            for after in [state for _, state in frame.returns][-1:]:
                frame.scope.names = after.names
        finally:
            self.frames.pop()
        return frame

    def _is_wanted(self, function: Function) -> bool:
        known = self._wanted.get(function.node)
        if known is None:
            known = self._wanted[function.node] = self.code.is_in_focus(function.node)
        return known

    def call(
        self,
        function: Function,
        names: dict[str, Value],
        node: ast.AST,
        state: State,
    ) -> Value:
        """The answer of a function of the file to a call."""
        active = sum(frame.function is function for frame in self.frames)
        if (
            self.is_brief
            or len(self.frames) > MAX_CALL_DEPTH
            or active
            or function.n_calls > _MAX_SAME_FUNCTION
            or (len(self.frames) > _DEPTH_OF_UNKNOWN and not self._matters(function, names, state))
        ):
            values = [state.deep(value) for value in names.values()]
            taints = frozenset(t for v in values for t in v.taints)
            return Value(taints | self.unknown(node).taints)
        function.n_calls += 1
        frame = self.run(function, names, state)
        after = join_states([ended for _, ended in frame.returns])
        if after is None:
            return CLEAN
        state.things, state.guards = after.things, after.guards
        self.adopt(frame, state)
        if frame.yields:
            return self.new(state, Thing("list", rest=joined(frame.yields)))
        return joined([after.settled(value) for value, after in frame.returns])

    def _matters(self, function: Function, names: dict[str, Value], state: State) -> bool:
        """Whether a call far from where it all began may have to do with the network."""
        code = self.code
        if code.focus is None:
            return True  # A whole text may take its time.
        return code.may_be_remote and self._reach.may_matter(function, names.values(), state)

    def adopt(self, frame: Frame, state: State) -> None:
        """Functions that were defined by a call, and are run on their own later."""
        self.frame.inner += frame.inner

    def parameters(
        self, function: Function, given: dict[str, Value], node: ast.AST
    ) -> dict[str, Value]:
        """Every parameter bound: as given, else to its default, else unknown."""
        names: dict[str, Value] = {}
        for argument in parameter_nodes(function.node):
            if argument.arg in given:
                names[argument.arg] = given[argument.arg]
            elif argument.arg in function.defaults:
                names[argument.arg] = function.defaults[argument.arg]
            else:
                names[argument.arg] = self.unknown(argument)
        return names
