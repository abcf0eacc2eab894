"""Conditions: whether one is known to hold, and what may be believed where it does."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from analyzers.flow import calls, library
from analyzers.flow.definitions import Function
from analyzers.flow.origin import EVERYTHING, UNDER, Level
from analyzers.flow.state import State, join_states
from analyzers.flow.value import HOLE, NONE, Value

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_SAME_HOST = frozenset({"redirect", "ssrf"})
_PLAIN_METHODS = frozenset(
    ["isdigit", "isalnum", "isnumeric", "isdecimal", "isalpha", "isidentifier"]
)
_HARMLESS_TYPES = re.compile(r"\b(int|float|bool|complex|UUID|Decimal|date|datetime|Enum)\b")
_VALIDATOR = re.compile(library.VALIDATORS, re.IGNORECASE)
# A text that holds none of these signs cannot do these things.
_SIGNS: Final[dict[str, frozenset[str]]] = {
    "..": frozenset({"path"}),
    "../": frozenset({"path"}),
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
    if handler is not None:
        handler(run, node, state, holds)


def _quietly(run: Interpreter, node: ast.expr, state: State) -> Value:
    """What an expression is worth that was evaluated before: without events or changes."""
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
    # One of several: what follows from each of them follows.
    ways = []
    before = state.copy()
    for operand in node.values:
        way = before.copy()
        refine(run, operand, way, holds)
        refine(run, operand, before, not holds)
        ways.append(way)
    joined = join_states(ways)
    if joined is not None:
        state.become(joined)


def _compare(run: Interpreter, node: ast.Compare, state: State, holds: bool) -> None:
    if len(node.ops) != 1:
        return
    left_node, operator, right_node = node.left, node.ops[0], node.comparators[0]
    if isinstance(operator, ast.NotEq | ast.NotIn | ast.IsNot):
        holds = not holds
    left, right = _quietly(run, left_node, state), _quietly(run, right_node, state)
    if isinstance(operator, ast.In | ast.NotIn):
        _membership(run, left, right, right_node, state, holds)
        return
    if isinstance(operator, ast.LtE | ast.Lt) and holds:
        # set(text) <= ALLOWED
        if isinstance(left_node, ast.Call) and _name(left_node) == "set" and left_node.args:
            state.guard(_quietly(run, left_node.args[0], state).taints, EVERYTHING)
        return
    if not isinstance(operator, ast.Eq | ast.NotEq | ast.Is | ast.IsNot) or not holds:
        _compare_none(left_node, right, state, operator, holds)
        return
    if right.options == (None,):
        return
    for one, other in ((left, right), (right, left)):
        if not _is_ours(other, state):
            continue
        _known_to_be(one, EVERYTHING, state)
        if isinstance(left_node, ast.Call) and _name(left_node) in ("commonpath", "commonprefix"):
            for argument in left_node.args:
                listed = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
                for below in listed:
                    held = state.deep(_quietly(run, below, state))
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


def _is_ours(value: Value, state: State) -> bool:
    """Whether nobody outside decides over a value."""
    level = state.settled(state.deep(value)).level
    return level is None or level <= Level.UNKNOWN


def _known_to_be(value: Value, uses: frozenset[str], state: State) -> None:
    if value.kind.startswith("url."):
        part = value.kind.partition(".")[2]
        if part in ("netloc", "hostname", "host"):
            state.guard(value.taints, _SAME_HOST)
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
            state.believe(_quietly(run, node.value, state), _LITERAL[2])
        return
    if holds and not left.is_constant and right.kind != "str" and _is_ours(right, state):
        _known_to_be(left, EVERYTHING, state)


def _quoted_end(run: Interpreter, node: ast.Subscript, sign: str, state: State) -> None:
    """`text[0] == "'"` and `text[-1] == "'"`."""
    if sign in ("'", '"') and (index := ast.unparse(node.slice)) in ("0", "-1"):
        state.believe(_quietly(run, node.value, state), _LITERAL[0 if index == "0" else 1])


def _name(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _call(run: Interpreter, node: ast.Call, state: State, holds: bool) -> None:
    name = _name(node)
    callee = _callee_value(run, node, state)
    if callee is not None and isinstance(callee.callee, Function):
        _own_function(run, node, callee, state, holds)
        return
    if name in ("any", "all") and len(node.args) == 1:
        _each(run, node.args[0], state, holds, name)
        return
    if name == "bool" and node.args:
        refine(run, node.args[0], state, holds)
        return
    if not holds:
        return
    if name == "isinstance" and len(node.args) == 2:
        if _HARMLESS_TYPES.search(ast.unparse(node.args[1])):
            state.believe(_quietly(run, node.args[0], state), EVERYTHING)
        return
    if name in ("match", "fullmatch", "search"):
        _matched(run, node, state, name)
        return
    if isinstance(node.func, ast.Attribute):
        _method(run, node, node.func, state, name)
    if _VALIDATOR.search(name):
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            state.guard(state.deep(_quietly(run, argument, state)).taints, EVERYTHING)
        if isinstance(node.func, ast.Attribute):
            owner = _quietly(run, node.func.value, state)
            if owner.level is not None and owner.level > Level.UNKNOWN:
                state.guard(owner.taints, EVERYTHING)


def _method(
    run: Interpreter, node: ast.Call, function: ast.Attribute, state: State, name: str
) -> None:
    receiver = _quietly(run, function.value, state)
    if name in _PLAIN_METHODS:
        state.believe(_simplified(run, function.value, receiver, state), EVERYTHING)
    elif name == "startswith" and node.args:
        _starts(run, node.args[0], receiver, state)
    elif name == "endswith" and node.args:
        end = _quietly(run, node.args[0], state)
        if end.options in (("'",), ('"',)):
            state.believe(receiver, _LITERAL[1])
    elif name == "is_relative_to":
        state.guard(receiver.taints, frozenset({UNDER, "path"}))


def _simplified(run: Interpreter, node: ast.expr, value: Value, state: State) -> Value:
    """`name.replace("_", "").isalnum()` says enough of the name."""
    if isinstance(node, ast.Call) and _name(node) == "replace" and len(node.args) == 2:
        texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
        if len(texts) == 2 and texts[0] in ("_", "-", " ", ".") and texts[1] == "":
            assert isinstance(node.func, ast.Attribute)
            inner = _quietly(run, node.func.value, state)
            return _simplified(run, node.func.value, inner, state)
    return value


def _starts(run: Interpreter, node: ast.expr, receiver: Value, state: State) -> None:
    start = _quietly(run, node, state)
    if start.options in (("'",), ('"',)):
        state.believe(receiver, _LITERAL[0])
        return
    options = [option for option in start.options if isinstance(option, str)]
    thing = state.thing(start)
    if thing is not None and thing.items is not None:
        options = [str(item.constant) for item in thing.items if item.is_constant]
    if options and all(re.match(r"https?://[^/]+/", option) for option in options):
        state.believe(receiver, _SAME_HOST)
    elif options == ["/"]:
        state.believe(receiver, frozenset({"starts with a slash"}))
    if _is_ours(start, state) and not all(option in ("/", "./") for option in options or [""]):
        state.guard(receiver.taints, frozenset({UNDER}))


def _matched(run: Interpreter, node: ast.Call, state: State, name: str) -> None:
    """A regular expression that lets only plain signs through, held against all of a text."""
    if not isinstance(node.func, ast.Attribute) or not node.args:
        return
    owner = _quietly(run, node.func.value, state)
    if owner.name == "re" and len(node.args) > 1:
        pattern, text = _quietly(run, node.args[0], state), node.args[1]
    else:
        pattern, text = owner, node.args[0]
    if not pattern.is_constant or not isinstance(pattern.constant, str):
        return
    written = pattern.constant
    starts = name != "search" or written.startswith(("^", r"\A"))
    ends = name == "fullmatch" or written.endswith(("$", r"\Z", r"\z"))
    if starts and ends and calls.is_restrictive(written):
        state.believe(_quietly(run, text, state), EVERYTHING)


def _each(run: Interpreter, node: ast.expr, state: State, holds: bool, name: str) -> None:
    """`all(c in ALLOWED for c in text)` and `not any(c in text for c in BAD)`."""
    if not isinstance(node, ast.GeneratorExp | ast.ListComp) or len(node.generators) != 1:
        return
    generator = node.generators[0]
    looped = _quietly(run, generator.iter, state)
    if name == "all" and holds:
        if not _is_ours(looped, state) or looped.taints:
            state.believe(looped, EVERYTHING)
    elif name == "any" and not holds and isinstance(node.elt, ast.Compare):
        for operator, right in zip(node.elt.ops, node.elt.comparators, strict=True):
            if isinstance(operator, ast.In):
                state.believe(_quietly(run, right, state), EVERYTHING)
            else:
                state.believe(looped, EVERYTHING)
    elif name == "any" and holds and isinstance(node.elt, ast.Call):
        # any(target.startswith(prefix) for prefix in ALLOWED)
        inner = state.copy()
        calls.bind(run, generator.target, _element(run, looped, inner, generator.iter), inner)
        refine(run, node.elt, inner, True)
        state.guards = inner.guards


def _element(run: Interpreter, value: Value, state: State, node: ast.AST) -> Value:
    from analyzers.flow.expressions import element

    return element(run, value, state, node)


def _callee_value(run: Interpreter, node: ast.Call, state: State) -> Value | None:
    if isinstance(node.func, ast.Name):
        return _quietly(run, node.func, state)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        owner = _quietly(run, node.func.value, state)
        thing = state.thing(owner)
        if owner.callee is not None or (thing is not None and thing.owner is not None):
            return _quietly(run, node.func, state)
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
    ways = [after for value, after in frame.returns if truth(value, after) in (holds, None)]
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


def _named(run: Interpreter, node: ast.Name, state: State, holds: bool) -> None:
    value = state.names.get(node.id)
    if value is None:
        return
    if not holds and not value.options and not value.refs and value.text == HOLE:
        # An empty text does no harm, and None neither.
        state.believe(value, EVERYTHING)
    if holds and value.options and None in value.options and len(value.options) > 1:
        kept = tuple(option for option in value.options if option is not None)
        state.names[node.id] = Value(value.taints, kept, value.text, value.refs, value.kind)
    condition = run.frame.scope.conditions.get(node.id)
    if condition is not None:
        refine(run, condition, state, holds)


def _walrus(run: Interpreter, node: ast.NamedExpr, state: State, holds: bool) -> None:
    refine(run, node.value, state, holds)


_HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State, bool], None]]] = {
    ast.UnaryOp: _not,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.Call: _call,
    ast.Name: _named,
    ast.NamedExpr: _walrus,
}
__all__ = ["NONE", "refine", "truth"]
