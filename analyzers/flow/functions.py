"""What functions of libraries answer, by their names."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.flow import (
    calls,
    containers,
    folding,
    library,
    methods,
    patterns,
    places,
    sources,
    targets,
)
from analyzers.flow.heap import Thing
from analyzers.flow.origin import EVERYTHING, PART, THROUGH
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, HOLE, Value, constant, derived, union

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_PART = frozenset({PART})


_UNSEEN = frozenset({PART, THROUGH})


_NOTHING: frozenset[str] = frozenset()
_ALL_BUT_PLAIN = re.compile(r"\[\^([\w\\ \-]+)\][+*]?|\\[WD][+*]?")
_ALL_BUT_CLASS = re.compile(r"\[\^((?:\\.|[^\]\\])+)\][+*]?")
_ON_ONE_LINE = frozenset({"xss", "header", "log", "path"})


def by_name(
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
    if name == "getattr" and len(arguments) > 1 and arguments[1].is_constant and arguments[0].name:
        # `getattr(builtins, "exec")` is what `builtins.exec` is.
        return places.named(run, node, f"{arguments[0].name}.{arguments[1].constant}")
    if name in ("__import__", "importlib.import_module") and arguments and arguments[0].options:
        return places.named(run, node, str(arguments[0].options[0]))
    if name == "vars" and arguments and arguments[0].name in places.BUILTIN_MODULES:
        return arguments[0]
    if name in library.OTHERS:
        return replace(run.unknown(node), kind=name)
    held = [state.deep(value) for value in (*arguments, *keywords.values())]
    if name in library.SANITISERS:
        value = derived(*held, kind="str").cleared(library.SANITISERS[name])
        return value if name in library.WHOLE else value.cleared(_PART)
    if name in library.WHOLE and arguments:
        return _whole(name, arguments, held, state)
    if name in library.COMPOSERS | library.MARKUP and arguments:
        return Value(held[0].taints, kind=name, is_built=held[0].is_built)
    if name == "re.compile" and arguments:
        return replace(arguments[0], kind="re.Pattern")
    if name == "re.sub" and len(arguments) >= 3:
        left = _left_by(arguments[0], arguments[1])
        if left:
            return held[2].cleared(left)
    if name == "os.path.join" and arguments:
        return Value(
            union(*held), text="/".join(value.text for value in held), kind="str", is_built=True
        )
    if (
        name
        in (
            "flask.make_response",
            "make_response",
            "flask.Response",
            "quart.Response",
            "werkzeug.Response",
        )
        and arguments
    ):
        thing = state.thing(arguments[0])
        body = thing.items[0] if thing is not None and thing.items else held[0]
        return replace(state.deep(body), kind="response", refs=())
    if name.startswith(("str.", "bytes.")) and name not in library.DECODERS and arguments:
        receiver, rest = arguments[0], arguments[1:]
        method = name.rpartition(".")[2]
        return methods.by_method(run, receiver, method, node, rest, keywords, state)
    if name in ("list", "tuple", "sorted", "reversed", "iter") and arguments:
        return _relisted(run, arguments[0], name, node, state)
    if name == "enumerate" and arguments:
        pair = run.new(
            state, Thing("tuple", (CLEAN, places.element(run, arguments[0], state, node)))
        )
        return run.new(state, Thing("list", rest=pair))
    if name == "zip" and arguments:
        items = tuple(places.element(run, value, state, node) for value in arguments)
        return run.new(state, Thing("list", rest=run.new(state, Thing("tuple", items))))
    if name in ("next", "min", "max") and arguments and arguments[0].refs:
        return places.element(run, arguments[0], state, node)
    if name == "map" and len(arguments) > 1:
        each = places.element(run, arguments[1], state, node)
        mapped = calls.answer(run, arguments[0], node, [each], {}, state)
        return run.new(state, Thing("list", rest=mapped))
    if name == "filter" and len(arguments) > 1:
        kept = places.element(run, arguments[1], state, node)
        if arguments[0].name.removeprefix("str.") in library.PLAIN_METHODS:
            kept = kept.cleared(EVERYTHING)
        return run.new(state, Thing("list", rest=kept))
    if name == "functools.partial" and arguments and arguments[0].callee is not None:
        return arguments[0]
    if name == "setattr" and len(arguments) == 3 and arguments[1].is_constant:
        targets.store_attribute(arguments[0], str(arguments[1].constant), arguments[2], state)
        return constant(None)
    if name in library.PARTS:
        return derived(*held).cleared(_PART)
    return None


def _whole(name: str, arguments: list[Value], held: list[Value], state: State) -> Value:
    first = held[0]
    kind = first.kind if first.kind and first.kind != library.UPLOAD else "str"
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
    return run.new(state, Thing("list", rest=places.element(run, value, state, node)))


def _left_by(pattern: Value, replacement: Value) -> frozenset[str]:
    """What a text is harmless for of which only plain signs are left.

    `re.sub(r"[^A-Za-z0-9_]", "", text)` leaves nothing that does harm. With a point among them a
    text still names hosts, but no path: `..` alone is what the last part of one can be as well.
    """
    if not (pattern.is_constant and replacement.is_constant):
        return _NOTHING
    written, instead = str(pattern.constant), str(replacement.constant)
    if instead in ("", "_", "-", " ") and _ALL_BUT_PLAIN.fullmatch(written):
        return EVERYTHING
    kept = _ALL_BUT_CLASS.fullmatch(written)
    if kept is None or instead not in ("", "_", "-", " ", ".") or r"\s" in written:
        return _NOTHING
    return _ON_ONE_LINE if patterns.is_plain_class(kept[1]) else _NOTHING
