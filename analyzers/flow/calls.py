"""Calls: of the file's own functions and classes, of containers, and of libraries."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.flow import containers, expressions, folding, formatting, library, request, sources
from analyzers.flow.definitions import Class, Function
from analyzers.flow.heap import Thing
from analyzers.flow.origin import EVERYTHING, PART, THROUGH, Level
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, HOLE, Value, constant, derived, union

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_PART = frozenset({PART})
_UNSEEN = frozenset({PART, THROUGH})
_BELIEVED = tuple((re.compile(pattern, re.IGNORECASE), uses) for pattern, uses in library.BELIEVED)
_MUTATORS = frozenset(
    [
        "append",
        "add",
        "put",
        "write",
        "extend",
        "insert",
        "push",
        "set",
        "update",
        "send",
        "setdefault",
        "writelines",
        "appendleft",
        "put_nowait",
        "feed",
        "writerow",
        "add_section",
    ]
)
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
    result = answer(run, callee, node, arguments, keywords, state, receiver, method)
    if receiver is not None and not receiver.refs and method in _MUTATORS:
        _taint_receiver(node.func, receiver, [*arguments, *keywords.values()], state)
    return result


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
        return receiver, expressions.attribute(run, node, receiver, state), node.attr
    if thing is not None and (thing.owner is not None or thing.kind == "object"):
        return receiver, expressions.attribute(run, node, receiver, state), node.attr
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
        known = _by_name(run, callee.name, node, arguments, keywords, state)
        if known is not None:
            return known
    if receiver is not None:
        known = _by_method(run, receiver, method, node, arguments, keywords, state)
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
    made = run.new(state, Thing("object", owner=owner), kind=owner.node.name)
    initialiser = owner.methods.get("__init__")
    if initialiser is not None:
        callee = Value(callee=initialiser, bound=made)
        names = bound_names(run, callee, arguments, keywords, node, state)
        run.call(initialiser, names, node, state)
        return made
    fields: dict[object, Value] = dict(zip(owner.fields, arguments, strict=False))
    fields |= keywords
    rest = None
    if not owner.fields and (arguments or owner.bases):
        deep = [state.deep(value) for value in (*arguments, *keywords.values())]
        rest = Value(union(*deep) | run.unknown(node).taints)
    state.put(made, Thing("object", None, fields, rest, owner))
    return made


def _by_name(
    run: Interpreter,
    name: str,
    node: ast.expr,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
) -> Value | None:
    source = sources.FUNCTIONS.get(name)
    if source is not None:
        kind = "request-form" if name == "cgi.FieldStorage" else ""
        return Value(run.taints(node, *source), kind=kind)
    container = library.CONTAINERS.get(name)
    if container is not None:
        return containers.made(run, container, name, arguments, keywords, state)
    if arguments and not keywords and all(argument.is_constant for argument in arguments):
        folded = folding.function(name, [argument.constant for argument in arguments])
        if folded is not folding.UNKNOWN:
            return constant(folded)
    if name == "len":
        thing = state.thing(arguments[0]) if arguments else None
        if thing is not None and thing.items is not None and thing.rest is None:
            return constant(len(thing.items))
        return CLEAN
    if name in library.HARMLESS:
        return Value(kind=name)
    if name in library.OTHERS:
        return replace(run.unknown(node), kind=name)
    held = [state.deep(value) for value in (*arguments, *keywords.values())]
    if name in library.SANITISERS:
        value = derived(*held, kind="str").cleared(library.SANITISERS[name])
        return value if name in library.WHOLE else value.cleared(_PART)
    if name in library.WHOLE and arguments:
        return _whole(name, arguments, held, state)
    if name in library.COMPOSERS and arguments:
        return Value(held[0].taints, kind=name, is_built=held[0].is_built)
    if name == "re.compile" and arguments:
        return replace(arguments[0], kind="re.Pattern")
    if (
        name == "re.sub"
        and len(arguments) >= 3
        and _drops_all_but_plain(arguments[0], arguments[1])
    ):
        return held[2].cleared(EVERYTHING)
    if name == "os.path.join" and arguments:
        return Value(
            union(*held), text="/".join(value.text for value in held), kind="str", is_built=True
        )
    if name in ("flask.make_response", "make_response", "flask.Response") and arguments:
        thing = state.thing(arguments[0])
        body = thing.items[0] if thing is not None and thing.items else held[0]
        return replace(state.deep(body), kind="response", refs=())
    if name in ("str.join", "str.format") and arguments:
        receiver, rest = arguments[0], arguments[1:]
        method = name.rpartition(".")[2]
        return _by_method(run, receiver, method, node, rest, keywords, state)
    if name in ("list", "tuple", "sorted", "reversed", "iter") and arguments:
        return _relisted(run, arguments[0], name, node, state)
    if name == "enumerate" and arguments:
        pair = run.new(
            state, Thing("tuple", (CLEAN, expressions.element(run, arguments[0], state, node)))
        )
        return run.new(state, Thing("list", rest=pair))
    if name == "zip" and arguments:
        items = tuple(expressions.element(run, value, state, node) for value in arguments)
        return run.new(state, Thing("list", rest=run.new(state, Thing("tuple", items))))
    if name in ("next", "min", "max") and arguments and arguments[0].refs:
        return expressions.element(run, arguments[0], state, node)
    if name == "map" and len(arguments) > 1:
        each = expressions.element(run, arguments[1], state, node)
        mapped = answer(run, arguments[0], node, [each], {}, state)
        return run.new(state, Thing("list", rest=mapped))
    if name == "filter" and len(arguments) > 1:
        kept = expressions.element(run, arguments[1], state, node)
        return run.new(state, Thing("list", rest=kept))
    if name == "functools.partial" and arguments and arguments[0].callee is not None:
        return arguments[0]
    if name == "setattr" and len(arguments) == 3 and arguments[1].is_constant:
        containers.store_attribute(arguments[0], str(arguments[1].constant), arguments[2], state)
        return constant(None)
    if name in library.PARTS:
        return derived(*held).cleared(_PART)
    return None


def _whole(name: str, arguments: list[Value], held: list[Value], state: State) -> Value:
    first = held[0]
    kind = first.kind if first.kind else "str"
    if name.endswith("Path"):
        if len(held) > 1:
            text = "/".join(value.text for value in held)
            return Value(union(*held), text=text, kind="pathlib.Path", is_built=True)
        return Value(first.taints, text=first.text, kind="pathlib.Path", is_built=first.is_built)
    if name.endswith(("urlparse", "urlsplit", "URL", "furl")):
        return Value(first.taints, text=first.text, kind="url")
    if name in library.DECODERS:
        return Value(frozenset(replace(t, cleared=_marks(t.cleared)) for t in first.taints))
    if name in library.SANITISERS:
        first = first.cleared(library.SANITISERS[name])
    if name == "str" and first.kind.startswith("url."):
        kind = first.kind
    if name in ("copy.copy", "copy.deepcopy", "typing.cast"):
        return arguments[-1] if name == "typing.cast" else arguments[0]
    text = HOLE if name not in ("str", "textwrap.dedent", "os.fspath") else first.text
    return Value(first.taints, (), text, (), kind, is_built=first.is_built)


def _marks(cleared: frozenset[str]) -> frozenset[str]:
    """What is left when a text is decoded: all of it if the program encoded it, else nothing."""
    if library.ENCODED in cleared:
        return cleared - library.ENCODED_USES
    return cleared & _UNSEEN


def _relisted(run: Interpreter, value: Value, name: str, node: ast.AST, state: State) -> Value:
    thing = state.thing(value)
    if thing is not None and thing.items is not None and name in ("list", "tuple", "iter"):
        return run.new(state, replace(thing, kind="list" if name != "tuple" else "tuple"))
    if thing is None and not value.is_constant:
        return derived(value).cleared(_PART)
    return run.new(state, Thing("list", rest=expressions.element(run, value, state, node)))


@functools.lru_cache(maxsize=256)
def is_restrictive(pattern: str) -> bool:
    """Whether a regular expression lets no quote, slash or other sign through."""
    inner = re.sub(r"\\[AzZbB]|^\^|\$$", "", pattern)
    if re.search(r"(?<!\\)\.|\\[SWD]|\[\^|\||\\[xu0]", inner):
        return False
    return not re.search(r"[\"'`;|&<>/\\](?![wdsA-Za-z.\-])", inner)


def _drops_all_but_plain(pattern: Value, replacement: Value) -> bool:
    """`re.sub(r"[^A-Za-z0-9_]", "", text)` leaves nothing that does harm."""
    if not (pattern.is_constant and replacement.is_constant):
        return False
    plain = re.fullmatch(r"\[\^([\w\\ \-]+)\][+*]?|\\[WD][+*]?", str(pattern.constant))
    return plain is not None and str(replacement.constant) in ("", "_", "-", " ")


def _by_method(
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
            return done
    if receiver.is_constant and all(a.is_constant for a in arguments) and not keywords:
        folded = folding.method(receiver.constant, method, [a.constant for a in arguments])
        if folded is not folding.UNKNOWN and not isinstance(folded, list):
            return constant(folded)
        if isinstance(folded, list):
            return run.new(state, Thing("list", tuple(map(constant, folded))))
    if receiver.kind in library.COMPOSERS and method in ("format", "join"):
        return receiver
    if method == "format" and not receiver.refs:
        return formatting.braces(run, receiver, arguments, keywords, state)
    if method == "join" and len(arguments) == 1 and not receiver.refs:
        return formatting.joined_with(run, receiver, arguments[0], state)
    if receiver.kind == "re.Pattern" and method in ("match", "fullmatch", "search"):
        return derived(*(state.deep(a) for a in arguments)).cleared(_PART)
    if receiver.kind == "re.Pattern" and method == "sub" and len(arguments) > 1:
        return _by_name(run, "re.sub", node, [receiver, *arguments], keywords, state)
    if method in library.HARMLESS_METHODS:
        return CLEAN
    if method in library.HARMLESS_OF_STRINGS and (receiver.level or 0) != Level.UNKNOWN:
        return CLEAN
    if receiver.kind == "request":
        return _of_request(run, method, node, arguments)
    if receiver.name and method in library.OTHER_METHODS:
        return run.unknown(node)
    held = [state.deep(value) for value in (receiver, *arguments, *keywords.values())]
    if method == "replace" and len(arguments) == 2:
        return _replaced(held[0], arguments[0], arguments[1], held)
    if method in library.SANITISING_METHODS:
        uses = library.SANITISING_METHODS[method]
        return replace(derived(*held).cleared(uses), kind=receiver.kind, text=receiver.text)
    if method in library.WHOLE_METHODS and receiver.level != Level.UNKNOWN:
        return Value(
            held[0].taints, (), held[0].text, (), receiver.kind, is_built=receiver.is_built
        )
    if method in library.WHOLE_METHODS and (receiver.is_built or receiver.kind == "str"):
        return Value(
            held[0].taints, (), held[0].text, (), receiver.kind, is_built=receiver.is_built
        )
    if method in library.PART_METHODS:
        return _taken(run, method, arguments, held)
    source = sources.METHODS.get(method)
    if source is not None and not receiver.name:
        return Value(run.taints(node, *source))
    if method in library.OTHER_METHODS and receiver.level != Level.REMOTE:
        return run.unknown(node)
    return None


def _of_request(run: Interpreter, method: str, node: ast.expr, arguments: list[Value]) -> Value:
    if method in sources.REQUEST_DATA or method in sources.METHODS:
        key = arguments[0] if arguments else CLEAN
        path = (str(key.constant),) if key.is_constant else ()
        return Value(run.taints(node, Level.REMOTE, f"request.{method}()", path))
    if method in sources.REQUEST_OWN:
        return CLEAN
    return run.unknown(node)


def _replaced(receiver: Value, old: Value, new: Value, held: list[Value]) -> Value:
    uses = set()
    if old.is_constant:
        gone, instead = str(old.constant), new.constant if new.is_constant else None
        if gone in ("'", '"') and instead in ("&apos;", "&quot;", "", "&#39;", "&#x27;"):
            uses |= {"xpath"}
        if gone in ("..", "../", "/") and instead in ("", "_", "-"):
            uses |= {"path"}
        if gone in ("\n", "\r", "\r\n") and instead is not None:
            uses |= {"log", "header"}
        if gone == "<" and instead in ("&lt;", ""):
            uses |= {"xss"}
    value = derived(*held, kind="str")
    text = receiver.text if receiver.is_built else HOLE
    return replace(value.cleared(frozenset(uses)), text=text)


def _taken(run: Interpreter, method: str, arguments: list[Value], held: list[Value]) -> Value:
    if method in ("get", "getlist", "get_all", "getfirst", "pop", "getall", "getvalue"):
        key = arguments[0] if arguments else CLEAN
        fallback = held[2:3]
        if key.is_constant and isinstance(key.constant, str):
            return derived(request.taken(run, held[0], key.constant), *fallback)
        return derived(held[0], *held[1:])
    if method in ("joinpath", "with_name", "with_suffix"):
        return Value(union(*held), text=HOLE, kind="pathlib.Path", is_built=True)
    return derived(*held).cleared(_PART)


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
    is_built = any(value.is_built for value in held)
    given = [*arguments, *keywords.values()]
    last = method or callee.name.rpartition(".")[2]
    if given and not last[:1].isupper() and not any(state.deep(v).taints for v in given):
        # Made of the program's own constants, by a function and not for an object.
        return Value(taints, kind=callee.name)
    uses = believed(last)
    if uses is not None:
        taints = frozenset(t.with_cleared(uses) for t in taints)
        if "*" in uses and not taints:
            return CLEAN
        if "*" in uses:
            return Value(taints)
    unseen = run.unknown(node).taints
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


def bind(run: Interpreter, target: ast.expr, value: Value, state: State) -> None:
    """Gives a target of an assignment its value."""
    containers.bind(run, target, value, state)
