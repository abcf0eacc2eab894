"""Names, attributes, items and slices: what stands in a place."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

from analyzers.flow import calls, containers, library, request, sources
from analyzers.flow.definitions import Class
from analyzers.flow.folding import UNKNOWN, subscript
from analyzers.flow.heap import Thing, joined, keys_of
from analyzers.flow.origin import PART, Level
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, HOLE, Value, constant, derived, join

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

_BUILTINS = frozenset(dir(builtins))
# What holds the builtins: as attributes, and `__builtins__` under their names too.
BUILTIN_MODULES: Final = frozenset(
    {"builtins", "__builtins__", "__builtins__.__dict__", "builtins.__dict__", "__builtin__"}
)


# One of the words that a class of constants says.
MEMBER: Final = "a member of an enumeration"
ENUMERATION: Final = re.compile(r"(^|\.)(Str|Int)?(Enum|Flag)$")
_PART = frozenset({PART})


def _name(run: Interpreter, node: ast.Name, state: State) -> Value:
    found = _named(run, node, state)
    run.was_read(node, found, state)
    return found


def _named(run: Interpreter, node: ast.Name, state: State) -> Value:
    scope = run.frame.outer_names.get(node.id)
    found = state.names.get(node.id) if scope is None else scope.names.get(node.id)
    if found is None:
        outer = run.frame.scope.outer
        found = None if outer is None else outer.find(node.id)
    if found is not None:
        return found
    name = run.code.imports.get(node.id)
    if name is None and node.id in _BUILTINS:
        return Value(name=node.id)
    return named(run, node, name or library.WELL_KNOWN.get(node.id, node.id))


def named(run: Interpreter, node: ast.expr, name: str) -> Value:
    """What an imported name, or one that the file does not define, stands for."""
    if name in sources.REQUESTS or name == "request":
        return request.request(run, node)
    if name in sources.SESSIONS or name == "session":
        return replace(run.unknown(node, name), kind="session")
    known = sources.NAMES.get(name)
    if known is not None:
        return Value(run.taints(node, *known), name=name)
    owner, _, last = name.rpartition(".")
    if owner in BUILTIN_MODULES and last in _BUILTINS:
        return Value(name=last)
    return run.unknown(node, name)


def _attribute(run: Interpreter, node: ast.Attribute, state: State) -> Value:
    found = attribute(run, node, run.value(node.value, state), state)
    run.was_read(node, found, state)
    return found


def attribute(run: Interpreter, node: ast.Attribute, owner: Value, state: State) -> Value:
    """An attribute of a value."""
    is_asked = owner.kind == request.PERHAPS and node.attr in sources.SERVERS_WORDS
    if owner.kind == "request" or is_asked:
        return request.attribute(run, node, owner)
    if isinstance(owner.callee, Class):
        method = owner.callee.methods.get(node.attr)
        if method is not None:
            return Value(callee=method)
        return owner.callee.names.get(node.attr, CLEAN)
    thing = state.thing(owner)
    if thing is not None and thing.owner is not None:
        return _of_instance(run, node, owner, thing, state)
    if thing is not None:
        if thing.kind != "object":
            return derived(state.deep(owner))
        return thing.fields.get(node.attr) or thing.at(node.attr)
    if library.OWN_ATTRIBUTES & {node.attr, getattr(node.value, "attr", "")}:
        return CLEAN
    if owner.name:
        return named(run, node, f"{owner.name}.{node.attr}")
    if node.attr in ("name", "stem") and owner.kind.endswith("Path"):
        return derived(owner.cleared(frozenset({"path"})), kind="str")
    if owner.kind == MEMBER and node.attr in ("value", "name"):
        return CLEAN
    if owner.kind == "url":
        return Value(owner.taints, kind=f"url.{node.attr}")
    if node.attr in library.OF_UPLOADS and owner.level is Level.REMOTE:
        return Value(owner.taints, kind=library.UPLOAD)
    if node.attr in sources.OF_ARCHIVES and owner.level is not Level.REMOTE:
        return Value(run.taints(node, Level.LOCAL, sources.ARCHIVE))
    if node.attr == "session" and owner.kind != "str":
        return replace(run.unknown(node), kind="session")
    return Value(owner.taints or run.unknown(node).taints, is_built=False)


def _of_instance(
    run: Interpreter, node: ast.Attribute, owner: Value, thing: Thing, state: State
) -> Value:
    assert thing.owner is not None
    method = thing.owner.methods.get(node.attr)
    if method is not None:
        value = Value(callee=method, bound=owner)
        if any("property" in decorator for decorator in method.decorators):
            return calls.answer(run, value, node, [], {}, state)
        return value
    if node.attr in thing.fields:
        return thing.fields[node.attr]
    from_handler = request.of_handler(run, node, thing.owner.bases)
    if from_handler is not None:
        return from_handler
    return thing.owner.names.get(node.attr) or thing.rest or run.unknown(node)


def _subscript(run: Interpreter, node: ast.Subscript, state: State) -> Value:
    owner = run.value(node.value, state)
    if isinstance(node.slice, ast.Slice):
        return _slice(run, node.slice, owner, state)
    key = run.value(node.slice, state)
    return item(run, node, owner, key, state)


def item(run: Interpreter, node: ast.expr, owner: Value, key: Value, state: State) -> Value:
    """What stands in a value under a key."""
    if owner.name in BUILTIN_MODULES and key.is_constant and key.constant in _BUILTINS:
        return Value(name=str(key.constant))
    if key.is_constant and owner.options:
        options = [subscript(option, key.constant) for option in owner.options]
        known = [constant(value) for value in options if value is not UNKNOWN]
        return joined(known) if known else CLEAN
    thing = state.thing(owner)
    if thing is not None and key.is_constant and thing.kind in ("dict", "sections"):
        made = containers.missing(run, owner, thing, key.constant, state)
        if made is not None:
            return made
    if thing is not None and thing.kind not in ("object", "text", "sections"):
        found = thing.at(key.constant) if key.is_constant else thing.any_item()
        if owner.taints and not owner.options:
            # `event.get("query") or {}`: it may be what somebody sent as well.
            other = Value(owner.taints)
            is_named = key.is_constant and isinstance(key.constant, str)
            taken = request.taken(run, other, str(key.constant)) if is_named else derived(other)
            found = join(found, taken)
        return found
    if key.is_constant and isinstance(key.constant, str):
        return request.taken(run, state.deep(owner), key.constant)
    return derived(state.deep(owner)).cleared(_PART)


def _slice(run: Interpreter, node: ast.Slice, owner: Value, state: State) -> Value:
    bounds = [CLEAN if b is None else run.value(b, state) for b in (node.lower, node.upper)]
    if node.step is not None:
        run.value(node.step, state)
        return derived(state.deep(owner)).cleared(_PART)
    low, high = (
        _index(written, bound)
        for written, bound in zip((node.lower, node.upper), bounds, strict=True)
    )
    if isinstance(low, str) or isinstance(high, str):
        if owner.refs:
            thing = state.thing(owner)
            return run.new(state, Thing("list", rest=thing.any_item() if thing else None))
        return derived(owner).cleared(_PART)
    if owner.is_constant:
        found = subscript(owner.constant, slice(low, high))
        return CLEAN if found is UNKNOWN else constant(found)
    thing = state.thing(owner)
    if thing is not None:
        if thing.items is not None:
            return run.new(state, replace(thing, items=thing.items[low:high]))
        return run.new(state, Thing("list", rest=thing.any_item()))
    return _sliced_text(owner, low, high)


def _index(written: ast.expr | None, bound: Value) -> int | Literal["unknown"] | None:
    if written is None:
        return None
    known = bound.constant if bound.is_constant else "unknown"
    return known if known is None or isinstance(known, int) else "unknown"


def _sliced_text(owner: Value, low: int | None, high: int | None) -> Value:
    """A piece of a string of which the constant ends are known."""
    head, hole, rest = owner.text.partition(HOLE)
    tail = rest.rpartition(HOLE)[2]
    if hole:
        start = low or 0
        if high is not None and start >= 0 and 0 <= high <= len(head):
            return constant(head[start:high])
        if start < 0 and -start <= len(tail) and (high is None or -len(tail) <= high < 0):
            return constant(tail[start:high])
    return Value(owner.taints, kind="str", is_built=owner.is_built).cleared(_PART)


def element(run: Interpreter, source: Value, state: State, node: ast.AST) -> Value:
    """What a loop over a value gets."""
    if source.is_constant:
        found = source.constant
        if isinstance(found, str | bytes) and 0 < len(found) <= 64:
            return joined([constant(one) for one in dict.fromkeys(found)])
        return CLEAN
    if isinstance(source.callee, Class) and any(map(ENUMERATION.search, source.callee.bases)):
        return Value(kind=MEMBER)
    thing = state.thing(source)
    if source.kind in ("tarfile.open", "tarfile.TarFile"):
        return Value(run.taints(node, Level.LOCAL, sources.ARCHIVE))
    if thing is None:
        return derived(source).cleared(_PART)
    if thing.kind == "dict":
        keys = [constant(key) for key in thing.fields]
        return joined([*keys, *([keys_of(thing.rest)] if thing.rest is not None else [])])
    return thing.any_item()


HANDLERS: Final[dict[type[ast.AST], Callable[[Interpreter, Any, State], Value]]] = {
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
}
