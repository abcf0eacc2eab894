"""What methods answer of objects that are no class of the file."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.flow import containers, folding, formatting, functions, library, request, sources
from analyzers.flow.heap import Thing
from analyzers.flow.origin import NO_DOTS, NOT_ABSOLUTE, PART, Level
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, HOLE, Value, constant, derived, join, union

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_PART = frozenset({PART})
_DOUBLED = frozenset({('"', '""'), ("`", "``"), ("]", "]]")})


def by_method(
    run: Interpreter,
    receiver: Value,
    method: str,
    node: ast.expr,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
) -> Value | None:
    thing = state.thing(receiver)
    if thing is not None and thing.owner is None:
        done = containers.method(run, receiver, thing, method, arguments, keywords, state)
        if done is not None:
            if receiver.taints and method in ("get", "pop"):
                # `event.get("query") or {}`: it may be what somebody sent as well.
                return join(done, _taken(run, method, arguments, [Value(receiver.taints)]))
            return done
    if receiver.is_constant and all(a.is_constant for a in arguments) and not keywords:
        folded = folding.method(receiver.constant, method, [a.constant for a in arguments])
        if folded is not folding.UNKNOWN and not isinstance(folded, list):
            return constant(folded)
        if isinstance(folded, list):
            return run.new(state, Thing("list", tuple(map(constant, folded))))
    if receiver.kind in library.COMPOSERS | library.MARKUP and method in ("format", "join"):
        return receiver
    if method == "format" and not receiver.refs:
        return formatting.braces(run, receiver, arguments, keywords, state)
    if method == "join" and len(arguments) == 1 and not receiver.refs:
        return formatting.joined_with(run, receiver, arguments[0], state)
    if receiver.kind == "re.Pattern" and method in ("match", "fullmatch", "search"):
        return derived(*(state.deep(a) for a in arguments)).cleared(_PART)
    if receiver.kind == "re.Pattern" and method == "sub" and len(arguments) > 1:
        return functions.by_name(run, "re.sub", node, [receiver, *arguments], keywords, state)
    if method in library.HARMLESS_METHODS:
        return CLEAN
    if method in library.HARMLESS_OF_STRINGS and (receiver.level or 0) != Level.UNKNOWN:
        return CLEAN
    is_asked = receiver.kind == request.PERHAPS and method in sources.SERVERS_WORDS
    if receiver.kind == "request" or is_asked:
        return _of_request(run, method, node, arguments)
    if receiver.name and method in library.OTHER_METHODS:
        return run.unknown(node)
    if receiver.kind.endswith("Path") and method in library.READS:
        return run.unknown(node)
    held = [state.deep(value) for value in (receiver, *arguments, *keywords.values())]
    if method == "replace" and len(arguments) == 2:
        return _replaced(held[0], arguments[0], arguments[1], held)
    if method in library.SANITISING_METHODS:
        uses = library.SANITISING_METHODS[method]
        return replace(derived(*held).cleared(uses), kind=receiver.kind, text=receiver.text)
    if method in ("strip", "lstrip") and arguments and "/" in arguments[0].text:
        held[0] = held[0].cleared(frozenset({NOT_ABSOLUTE}))
    if method in library.WHOLE_METHODS and receiver.kind == library.UPLOAD:
        return Value(held[0].taints)
    if method in library.WHOLE_METHODS and receiver.level != Level.UNKNOWN:
        return Value(
            held[0].taints, (), held[0].text, (), receiver.kind, is_built=receiver.is_built
        )
    if method in library.WHOLE_METHODS and (receiver.is_built or receiver.kind == "str"):
        return Value(
            held[0].taints, (), held[0].text, (), receiver.kind, is_built=receiver.is_built
        )
    if method in ("get", "getlist") and keywords.get("type", CLEAN).name in library.PROVING:
        return CLEAN
    if method == "items" and not arguments and not receiver.refs:
        # What is asked of a key says nothing of the value under it.
        pair = (request.taken(run, held[0], "a key"), request.taken(run, held[0], "a value"))
        return run.new(state, Thing("list", rest=run.new(state, Thing("tuple", pair))))
    if method in library.PART_METHODS:
        return _taken(run, method, arguments, held)
    source = sources.METHODS.get(method)
    if source is not None and not receiver.name:
        level, note = source
        key = arguments[0] if arguments else CLEAN
        path = (str(key.constant),) if key.is_constant and isinstance(key.constant, str) else ()
        is_remote = level is Level.REMOTE
        return (
            request.sent(run, node, note, path)
            if is_remote
            else Value(run.taints(node, level, note))
        )
    if method in library.OTHER_METHODS and receiver.level != Level.REMOTE:
        return run.unknown(node)
    return None


def _of_request(run: Interpreter, method: str, node: ast.expr, arguments: list[Value]) -> Value:
    if method in sources.REQUEST_DATA or method in sources.METHODS:
        key = arguments[0] if arguments else CLEAN
        path = (str(key.constant),) if key.is_constant else ()
        value = request.sent(run, node, f"request.{method}()", path)
        is_own = method in ("get_full_path", "build_absolute_uri")
        return value.cleared(frozenset({"redirect"})) if is_own and not arguments else value
    if method in sources.REQUEST_OWN:
        return CLEAN
    return run.unknown(node)


def _replaced(receiver: Value, old: Value, new: Value, held: list[Value]) -> Value:
    uses = set()
    if old.is_constant:
        gone, instead = str(old.constant), new.constant if new.is_constant else None
        if gone in ("'", '"') and instead in ("&apos;", "&quot;", "", "&#39;", "&#x27;"):
            uses |= {"xpath"}
        if gone == "/" and instead in ("", "_", "-"):
            uses |= {"path"}
        if gone == ".." and instead in ("", "_", "-"):
            # Of "....//" without "../" there is a "../" left.
            uses |= {NO_DOTS}
        if gone in ("\n", "\r", "\r\n") and instead is not None:
            uses |= {"log", "header"}
        if (gone, instead) in _DOUBLED:
            # Only who writes the name of a table or a column in quotes doubles these.
            uses |= {"sql"}
        if gone == "<" and instead in ("&lt;", ""):
            uses |= {"xss"}
    value = derived(*held, kind="str")
    is_filled = receiver.is_constant and bool(new.taints)
    text = receiver.text if receiver.is_built or is_filled else HOLE
    is_built = value.is_built or is_filled
    return replace(value.cleared(frozenset(uses)), text=text, is_built=is_built)


def _taken(run: Interpreter, method: str, arguments: list[Value], held: list[Value]) -> Value:
    if method in ("get", "getlist", "get_all", "getfirst", "pop", "getall", "getvalue"):
        key = arguments[0] if arguments else CLEAN
        fallback = held[2:3]
        if key.is_constant and isinstance(key.constant, str):
            found = request.taken(run, held[0], key.constant)
            return derived(found, *fallback, kind=found.kind)
        if method == "get" and len(arguments) == 2 and held[0].level is not Level.REMOTE:
            # What is looked up is what the table holds, whoever chose the key.
            return derived(held[0], *fallback)
        return derived(held[0], *held[1:])
    if method in ("joinpath", "with_name", "with_suffix"):
        return Value(union(*held), text=HOLE, kind="pathlib.Path", is_built=True)
    return derived(*held).cleared(_PART)
