"""Calls: who is called with what, and what the file's own functions answer."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.flow import callbacks, containers, functions, library, methods, places
from analyzers.flow.definitions import Class, Function
from analyzers.flow.heap import Thing
from analyzers.flow.origin import EVERYTHING, PART, THROUGH, Level
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, Value, derived, join, union

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_MUTATORS = frozenset(
    {
        "append", "add", "put", "write", "extend", "insert", "push", "set", "update", "send",
        "setdefault", "writelines", "appendleft", "put_nowait", "feed", "writerow",
        "add_section",
    }
)  # fmt: skip


_UNSEEN = frozenset({PART, THROUGH})


_BELIEVED = tuple((re.compile(pattern, re.IGNORECASE), uses) for pattern, uses in library.BELIEVED)


_CLIENT = re.compile(
    r"(^|\.)((Async)?Client|ClientSession|[Ss]ession|PoolManager|OAuth\w*Session)$"
)
_MAX_OTHERS = 8
_TRUST = frozenset({"trust"})
# A row that was asked for by a value, or a secret held against it, says that it is known.
_CONFIRMING = re.compile(
    r"(^|_)(check_password(_hash)?|checkpw|verify(_password)?|authenticate|compare_digest|login|"
    r"get_or_404|get_object_or_404|execute|filter_by|find_one|get_user\w*|find_user\w*)$"
)


def call(run: Interpreter, node: ast.Call, state: State) -> Value:
    """What a call answers; leaves an event behind."""
    receiver, callee, method = _callee(run, node.func, state)
    arguments, keywords, has_more = _arguments(run, node, state)
    name = callee.name
    run.event(
        "call",
        node,
        state,
        arguments,
        name=name,
        method=method or name.rpartition(".")[2],
        receiver=receiver,
        keywords=keywords,
        has_more=has_more,
    )
    if _CONFIRMING.search(method or name.rpartition(".")[2]):
        for value in (*arguments[bool(arguments and arguments[0].is_built) :], *keywords.values()):
            state.guard(state.deep(value).taints, frozenset({"trust"}))
    if name in library.PROVING and arguments:
        state.guard([t for t in arguments[0].taints if PART not in t.cleared], EVERYTHING)
    others = _others(run, node.func, callee, state)
    before = state.copy() if others else None
    result = answer(run, callee, node, arguments, keywords, state, receiver, method)
    for other in others:
        assert before is not None
        another = answer(run, other, node, arguments, keywords, before, receiver, method)
        state.things = {**before.things, **state.things}
        result = join(result, another)
    callbacks.handed_on(
        run, node, method or name.rpartition(".")[2], receiver, arguments, keywords, state
    )
    if receiver is not None and not receiver.refs and method in _MUTATORS:
        _taint_receiver(node.func, receiver, [*arguments, *keywords.values()], state)
    return result


def _others(run: Interpreter, node: ast.expr, callee: Value, state: State) -> list[Value]:
    """The other functions of a table that may be called: `HANDLERS[name](request)`."""
    if not isinstance(callee.callee, Function):
        return []
    if isinstance(node, ast.Subscript):
        table, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        table, key = node.func.value, node.args[0]  # `HANDLERS.get(name)(request)`
    else:
        return []
    if not isinstance(table, ast.Name | ast.Attribute) or isinstance(key, ast.Constant):
        return []
    thing = state.thing(run.value(table, state))
    held = [] if thing is None else thing.everything()[:_MAX_OTHERS]
    found = [value for value in held if isinstance(value.callee, Function)]
    return [value for value in found if value.callee is not callee.callee]


def _callee(run: Interpreter, node: ast.expr, state: State) -> tuple[Value | None, Value, str]:
    if not isinstance(node, ast.Attribute):
        return None, run.value(node, state), ""
    if (
        isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "super"
    ):
        return None, _of_super(run, node.attr), node.attr
    receiver = run.value(node.value, state)
    thing = state.thing(receiver)
    if receiver.kind == "request" or receiver.callee is not None or receiver.name:
        return receiver, places.attribute(run, node, receiver, state), node.attr
    if thing is not None and (thing.owner is not None or thing.kind == "object"):
        return receiver, places.attribute(run, node, receiver, state), node.attr
    return receiver, CLEAN, node.attr


def _of_super(run: Interpreter, name: str) -> Value:
    owner = None if run.frame.function is None else run.frame.function.owner
    inherited = None if owner is None else owner.names.get(f"super.{name}")
    if inherited is None or inherited.callee is None:
        return CLEAN
    return replace(inherited, bound=run.frame.self_value)


def _arguments(
    run: Interpreter, node: ast.Call, state: State
) -> tuple[list[Value], dict[str, Value], bool]:
    arguments: list[Value] = []
    has_more = False
    for argument in node.args:
        if isinstance(argument, ast.Starred):
            value = run.value(argument.value, state)
            thing = state.thing(value)
            if thing is not None and thing.items is not None and thing.rest is None:
                arguments += thing.items
            else:
                arguments.append(thing.any_item() if thing is not None else derived(value))
                has_more = True
        else:
            arguments.append(run.value(argument, state))
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = run.value(keyword.value, state)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        has_more = True
        thing = state.thing(value)
        if thing is not None:
            keywords |= {str(k): v for k, v in thing.fields.items() if isinstance(k, str)}
    return arguments, keywords, has_more


def answer(
    run: Interpreter,
    callee: Value,
    node: ast.expr,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
    receiver: Value | None = None,
    method: str = "",
) -> Value:
    """What a value answers when it is called."""
    if isinstance(callee.callee, Function):
        names = bound_names(run, callee, arguments, keywords, node, state)
        return run.call(callee.callee, names, node, state)
    if isinstance(callee.callee, Class):
        return _instance(run, callee.callee, arguments, keywords, node, state)
    if callee.name:
        known = functions.by_name(run, callee.name, node, arguments, keywords, state)
        if known is not None:
            return known
    if receiver is not None:
        known = methods.by_method(run, receiver, method, node, arguments, keywords, state)
        if known is not None:
            return known
    return _of_unseen(run, callee, node, arguments, keywords, state, receiver, method)


def bound_names(
    run: Interpreter,
    callee: Value,
    arguments: Sequence[Value],
    keywords: dict[str, Value],
    node: ast.expr,
    state: State,
) -> dict[str, Value]:
    """The parameters of a function of the file, bound to what it is called with."""
    function = callee.callee
    assert isinstance(function, Function)
    given: dict[str, Value] = {}
    positional = [*function.node.args.posonlyargs, *function.node.args.args]
    is_static = any(name.endswith("staticmethod") for name in function.decorators)
    values = list(arguments)
    if function.owner is not None and not is_static:
        if callee.bound is not None:
            values.insert(0, callee.bound)
        elif any(name.endswith("classmethod") for name in function.decorators):
            values.insert(0, Value(callee=function.owner))
    for parameter, value in zip(positional, values, strict=False):
        given[parameter.arg] = value
    if function.node.args.vararg is not None:
        items = tuple(values[len(positional) :])
        given[function.node.args.vararg.arg] = run.new(state, Thing("tuple", items))
    known = {a.arg for a in (*positional, *function.node.args.kwonlyargs)}
    given |= {name: value for name, value in keywords.items() if name in known}
    if function.node.args.kwarg is not None:
        extra: dict[object, Value] = {k: v for k, v in keywords.items() if k not in known}
        given[function.node.args.kwarg.arg] = run.new(state, Thing("dict", None, extra))
    return run.parameters(function, given, node)


def _instance(
    run: Interpreter,
    owner: Class,
    arguments: list[Value],
    keywords: dict[str, Value],
    node: ast.expr,
    state: State,
) -> Value:
    if arguments and any(map(places.ENUMERATION.search, owner.bases)):
        # It would have raised: what is asked for is one of the program's own words.
        if "_missing_" not in owner.methods:
            state.guard([t for t in arguments[0].taints if PART not in t.cleared], EVERYTHING)
        return Value(kind=places.MEMBER)
    made = run.new(state, Thing("object", owner=owner), kind=owner.node.name)
    initialiser = owner.methods.get("__init__")
    if initialiser is not None:
        callee = Value(callee=initialiser, bound=made)
        names = bound_names(run, callee, arguments, keywords, node, state)
        run.call(initialiser, names, node, state)
        return made
    fields: dict[object, Value] = dict(zip(owner.fields, arguments, strict=False))
    fields |= containers.keyed(keywords)
    rest = None
    if not owner.fields and (arguments or owner.bases):
        deep = [state.deep(value) for value in (*arguments, *keywords.values())]
        rest = Value(union(*deep) | run.unknown(node).taints)
    state.put(made, Thing("object", None, fields, rest, owner))
    return made


def _of_unseen(
    run: Interpreter,
    callee: Value,
    node: ast.expr,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
    receiver: Value | None,
    method: str,
) -> Value:
    """What comes back from a function that is not in the file may be made of all it was given."""
    held = [state.deep(value) for value in (*arguments, *keywords.values())]
    if receiver is not None:
        held.append(state.deep(receiver))
    taints = frozenset(
        t.with_cleared(_UNSEEN) for t in union(*held) if t.origin.level > Level.UNKNOWN
    )
    if receiver is not None and _CLIENT.search(receiver.kind):
        # What a server answers to a request is not what stands in the request.
        taints = frozenset(t.with_cleared(_TRUST) for t in taints)
    is_built = any(value.is_built for value in held)
    last = method or callee.name.rpartition(".")[2]
    uses = believed(last)
    if uses is not None:
        taints = frozenset(t.with_cleared(uses) for t in taints)
        if "*" in uses and not taints:
            return CLEAN
        if "*" in uses:
            return Value(taints)
    given = [*arguments, *keywords.values()]
    # How much of a stream is read says nothing of what is in it.
    is_read = receiver is not None and last in library.READ_IN_PARTS
    is_ours = bool(given) and not is_read and not last[:1].isupper()
    if is_ours and not any(state.deep(v).taints for v in given):
        # Made of the program's own constants, by a function and not for an object.
        return Value(taints, kind=callee.name)
    unseen = run.unknown(node).taints
    if uses is not None:
        unseen = frozenset(t.with_cleared(uses) for t in unseen)
    return Value(taints | unseen, kind=callee.name, is_built=is_built)


@functools.lru_cache(maxsize=1024)
def believed(name: str) -> frozenset[str] | None:
    """What a function makes its argument harmless for, by its name."""
    for pattern, uses in _BELIEVED:
        if pattern.search(name):
            return uses
    return None


def _taint_receiver(node: ast.expr, receiver: Value, values: list[Value], state: State) -> None:
    """An object that nothing is known of holds what is put into it."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return
    name = node.value.id
    held = [state.deep(value) for value in values]
    taints = frozenset(t for t in union(*held) if t.origin.level > Level.UNKNOWN)
    if taints and name in state.names and state.names[name].callee is None:
        state.names[name] = replace(receiver, taints=receiver.taints | taints, options=())
