"""Conditions: whether one is known to hold, and what may be believed where it does."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow import checks, home
from analyzers.flow.origin import EVERYTHING, NO_DOTS, NOT_ABSOLUTE, RESOLVED, Level
from analyzers.flow.state import State, join_states
from analyzers.flow.value import HOLE, Value

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

# A text that holds none of these signs cannot do these things.
_SIGNS: Final[dict[str, frozenset[str]]] = {
    "..": frozenset({NO_DOTS}),
    "../": frozenset({NO_DOTS}),
    "/": frozenset({"path", "redirect"}),
    "\\": frozenset(),
    "//": frozenset({"redirect"}),
    "://": frozenset({"redirect"}),
    "'": frozenset({"xpath"}),
    '"': frozenset({"xpath"}),
    "<": frozenset({"xss"}),
    "\n": frozenset({"log", "header"}),
    "(": frozenset({"ldap"}),
}


# How deep conditions of which one of several holds are refined in each other.
_MAX_WAYS = 5
# What together make a text a plain string literal, which is harmless as code.
_LITERAL = (
    frozenset({"starts quoted"}), frozenset({"ends quoted"}), frozenset({"no quote inside"}),
)  # fmt: skip


def truth(value: Value, state: State) -> bool | None:
    """Whether a value counts as true, None where that is not known."""
    if value.options:
        answers = {bool(option) for option in value.options}
        return answers.pop() if len(answers) == 1 else None
    thing = state.thing(value)
    if thing is not None:
        if thing.kind in ("list", "tuple", "set") and thing.items is not None:
            return bool(thing.items) or (None if thing.rest is not None else False)
        if thing.kind == "object" and thing.owner is not None:
            return True
        return True if thing.kind == "dict" and thing.fields else None
    if value.callee is not None:
        return True
    return True if value.text.strip(HOLE) else None


def refine(run: Interpreter, node: ast.expr, state: State, holds: bool) -> None:
    """Puts into the state what follows from a condition that holds or does not."""
    handler = _HANDLERS.get(type(node))
    if isinstance(node, ast.Call):
        checks.call(run, node, state, holds)
    elif handler is not None:
        handler(run, node, state, holds)


def quietly(run: Interpreter, node: ast.expr, state: State) -> Value:
    """What an expression is worth that was evaluated before: without events or changes."""
    if isinstance(node, ast.Name | ast.Constant):
        return run.value(node, state)
    n_events = len(run.events)
    value = run.value(node, state.copy())
    del run.events[n_events:]
    return value


def _not(run: Interpreter, node: ast.UnaryOp, state: State, holds: bool) -> None:
    if isinstance(node.op, ast.Not):
        refine(run, node.operand, state, not holds)


def _boolean(run: Interpreter, node: ast.BoolOp, state: State, holds: bool) -> None:
    if isinstance(node.op, ast.And) == holds:
        for operand in node.values:
            refine(run, operand, state, holds)
        return
    if run.n_ways > _MAX_WAYS:
        return  # Each level is looked at twice; what is not refined guards nothing.
    # One of several: what follows from each of them follows.
    ways = []
    before = state.copy()
    run.n_ways += 1
    try:
        for operand in node.values:
            way = before.copy()
            refine(run, operand, way, holds)
            refine(run, operand, before, not holds)
            ways.append(way)
    finally:
        run.n_ways -= 1
    joined = join_states(ways)
    if joined is not None:
        state.become(joined)


def _compare(run: Interpreter, node: ast.Compare, state: State, holds: bool) -> None:
    if len(node.ops) != 1:
        return
    left_node, operator, right_node = node.left, node.ops[0], node.comparators[0]
    if isinstance(operator, ast.NotEq | ast.NotIn | ast.IsNot):
        holds = not holds
    left, right = quietly(run, left_node, state), quietly(run, right_node, state)
    if isinstance(left_node, ast.Subscript) and isinstance(
        operator, ast.Eq | ast.NotEq | ast.In | ast.NotIn
    ):
        text = quietly(run, left_node.value, state)
        signs = home.signs(right_node, right, state)
        home.first_signs(left_node.slice, text, signs, state, holds)
        if not holds and ast.unparse(left_node.slice) in ("0", ":1") and "/" in str(signs):
            state.believe(text, frozenset({NOT_ABSOLUTE}))
    if isinstance(operator, ast.In | ast.NotIn):
        _membership(run, left, right, right_node, state, holds)
        return
    if isinstance(operator, ast.LtE | ast.Lt) and holds:
        # set(text) <= ALLOWED
        if isinstance(left_node, ast.Call) and called_name(left_node) == "set" and left_node.args:
            state.guard(quietly(run, left_node.args[0], state).taints, EVERYTHING)
        return
    if not isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot) or not holds:
        _compare_none(left_node, right, state, operator, holds)
        return
    if right.options == (None,):
        return
    for one, other in ((left, right), (right, left)):
        if not is_ours(other, state):
            continue
        _known_to_be(one, EVERYTHING, state)
        if isinstance(left_node, ast.Call) and called_name(left_node) in (
            "commonpath",
            "commonprefix",
        ):
            for argument in left_node.args:
                listed = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
                for below in listed:
                    held = state.deep(quietly(run, below, state))
                    state.guard(held.taints, frozenset({"path"}))
    if (
        isinstance(left_node, ast.Subscript)
        and right.is_constant
        and isinstance(right.constant, str)
    ):
        _quoted_end(run, left_node, right.constant, state)


def _compare_none(
    node: ast.expr, right: Value, state: State, operator: ast.cmpop, holds: bool
) -> None:
    """`m is not None` says of a match what `m` says."""
    if right.options == (None,) and not holds and isinstance(node, ast.Name):
        value = state.names.get(node.id)
        if value is not None and value.kind == "re.Match":
            state.guard(value.taints, EVERYTHING)


def is_ours(value: Value, state: State) -> bool:
    """Whether nobody outside decides over a value."""
    level = state.settled(state.deep(value)).level
    return level is None or level <= Level.UNKNOWN


def _known_to_be(value: Value, uses: frozenset[str], state: State) -> None:
    if value.kind.startswith("url."):
        home.host_is_known(value, state)
        return
    state.believe(value, uses)


def _membership(
    run: Interpreter, left: Value, right: Value, node: ast.expr, state: State, holds: bool
) -> None:
    if left.is_constant and isinstance(left.constant, str):
        if holds:
            return
        state.believe(right, _SIGNS.get(left.constant, frozenset()))
        is_quote = left.constant in ("'", '"')
        if is_quote and isinstance(node, ast.Subscript) and ast.unparse(node.slice) == "1:-1":
            state.believe(quietly(run, node.value, state), _LITERAL[2])
        return
    if holds and isinstance(node, ast.Attribute) and node.attr == "parents":
        # Only of a path that was made absolute do the parents say anything.
        value = quietly(run, node.value, state)
        if all(RESOLVED in taint.cleared for taint in value.taints):
            state.guard(value.taints, frozenset({"path"}))
        return
    if holds and not left.is_constant and right.kind != "str" and is_ours(right, state):
        _known_to_be(left, EVERYTHING, state)


def _quoted_end(run: Interpreter, node: ast.Subscript, sign: str, state: State) -> None:
    """`text[0] == "'"` and `text[-1] == "'"`."""
    if sign in ("'", '"') and (index := ast.unparse(node.slice)) in ("0", "-1"):
        state.believe(quietly(run, node.value, state), _LITERAL[0 if index == "0" else 1])


def called_name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _named(run: Interpreter, node: ast.Name, state: State, holds: bool) -> None:
    value = state.names.get(node.id)
    if value is None:
        return
    if not holds and not value.options and not value.refs and value.text == HOLE:
        # An empty text does no harm, and None neither.
        _known_to_be(value, EVERYTHING, state)
    if holds and value.options and None in value.options and len(value.options) > 1:
        kept = tuple(option for option in value.options if option is not None)
        state.names[node.id] = Value(value.taints, kept, value.text, value.refs, value.kind)
    conditions = run.frame.scope.conditions
    condition = conditions.pop(node.id, None)
    if condition is None:
        return
    try:
        # `a = a or b` speaks of another `a`; that two names speak of each other is the same.
        if not _mentions(condition, node.id):
            refine(run, condition, state, holds)
    finally:
        conditions[node.id] = condition


def _attribute(run: Interpreter, node: ast.Attribute, state: State, holds: bool) -> None:
    """`not urlsplit(target).netloc`: the target names no host."""
    if not holds:
        home.host_is_known(quietly(run, node, state), state)


def _mentions(node: ast.AST, name: str) -> bool:
    return any(isinstance(below, ast.Name) and below.id == name for below in ast.walk(node))


def _difference(run: Interpreter, node: ast.BinOp, state: State, holds: bool) -> None:
    """`fields.keys() - ALLOWED` is empty: every key is one of the program's own."""
    if holds or not isinstance(node.op, ast.Sub):
        return
    if is_ours(quietly(run, node.right, state), state):
        all_known(run, node.left, state)


def _left_over(
    run: Interpreter, node: ast.ListComp | ast.SetComp, state: State, holds: bool
) -> None:
    """`[name for name in names if name not in ALLOWED]` is empty."""
    generator = node.generators[0]
    test = generator.ifs[0] if len(generator.ifs) == 1 else None
    if (
        not holds
        and len(node.generators) == 1
        and isinstance(test, ast.Compare)
        and isinstance(test.ops[0], ast.NotIn)
        and ast.dump(test.left) == ast.dump(node.elt)
        and is_ours(quietly(run, test.comparators[0], state), state)
    ):
        all_known(run, generator.iter, state)


def all_known(run: Interpreter, node: ast.expr, state: State) -> None:
    """Whatever is in a collection is one of the program's own words."""
    if isinstance(node, ast.Call) and called_name(node) in ("set", "frozenset") and node.args:
        node = node.args[0]
    elif isinstance(node, ast.Call) and called_name(node) == "keys":
        node = node.func.value if isinstance(node.func, ast.Attribute) else node
    state.guard(state.deep(quietly(run, node, state)).taints, EVERYTHING)


def _walrus(run: Interpreter, node: ast.NamedExpr, state: State, holds: bool) -> None:
    refine(run, node.value, state, holds)


_HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State, bool], None]]] = {
    ast.UnaryOp: _not,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.Name: _named,
    ast.Attribute: _attribute,
    ast.NamedExpr: _walrus,
    ast.BinOp: _difference,
    ast.ListComp: _left_over,
    ast.SetComp: _left_over,
}
