"""Containers: what their methods do and answer."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from analyzers.flow import places
from analyzers.flow.heap import Thing, joined
from analyzers.flow.origin import PART
from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, NONE, Value, built, derived, join

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter


def keyed(keywords: Mapping[str, Value]) -> dict[object, Value]:
    """Keywords as the fields of a thing."""
    return {key: value for key, value in keywords.items()}  # noqa: C416  # Wider keys.


def made(
    run: Interpreter,
    shape: str,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
) -> Value:
    """A new container of a library's class."""
    first = state.thing(arguments[0]) if arguments else None
    if shape == "text":
        return run.new(state, Thing("text", (arguments[0],) if arguments else ()), name)
    if shape == "sections":
        return run.new(state, Thing("sections"), name)
    if shape == "object":
        return run.new(state, Thing("object", None, keyed(keywords)), name)
    if shape == "dict":
        fields: dict[object, Value] = {}
        rest = None
        if first is not None and first.kind == "dict":
            fields, rest = dict(first.fields), first.rest
        elif arguments and name != "collections.defaultdict":
            rest = _of_pairs(arguments[0], first, state)
        fields |= keyed(keywords)
        return run.new(state, Thing("dict", None, fields, rest), name)
    kind = "list" if shape in ("list", "queue", "stack") else shape
    if shape in ("queue", "stack"):
        return run.new(state, Thing("list", ()), shape)
    if not arguments:
        return run.new(state, Thing(kind, ()))
    if first is not None and first.items is not None:
        return run.new(state, Thing(kind, first.items, rest=first.rest))
    rest = places.element(run, arguments[0], state, ast.Pass())
    return run.new(state, Thing(kind, rest=rest))


def _of_pairs(value: Value, thing: Thing | None, state: State) -> Value:
    if thing is None:
        return derived(value)
    pair = state.thing(thing.any_item())
    return pair.any_item() if pair is not None else derived(thing.any_item())


def method(
    run: Interpreter,
    receiver: Value,
    thing: Thing,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
) -> Value | None:
    """What a method of a container answers, None for one that is not known."""
    if thing.kind == "text":
        return _text(run, receiver, thing, name, arguments, state)
    if thing.kind == "sections":
        return _sections(receiver, thing, name, arguments, keywords, state)
    if thing.kind == "dict":
        return _dict(run, receiver, thing, name, arguments, keywords, state)
    if thing.kind in ("list", "tuple", "set"):
        return _list(run, receiver, thing, name, arguments, state)
    return None


def _list(
    run: Interpreter,
    receiver: Value,
    thing: Thing,
    name: str,
    arguments: list[Value],
    state: State,
) -> Value | None:
    first = arguments[0] if arguments else CLEAN
    size = None if thing.items is None else len(thing.items)
    if name in ("append", "add", "put", "put_nowait", "appendleft") and arguments:
        at = 0 if name == "appendleft" else size or 0
        state.put(receiver, thing.inserted(at, first))
        return NONE
    if name == "insert" and len(arguments) > 1:
        known = first.constant if first.is_constant else None
        changed = (
            thing.inserted(known, arguments[1])
            if isinstance(known, int)
            else thing.mixed(arguments[1])
        )
        state.put(receiver, changed)
        return NONE
    if name in ("pop", "popleft", "get", "get_nowait"):
        return _popped(receiver, thing, name, first, state)
    if name in ("extend", "update", "__iadd__", "union") and arguments:
        extend(run, receiver, thing, first, state)
        return receiver if name == "union" else NONE
    if name == "clear":
        state.put(receiver, replace(thing, items=(), rest=None))
        return NONE
    if name in ("remove", "discard"):
        _remove(receiver, thing, first, state)
        return NONE
    if name == "reverse" and thing.items is not None:
        state.put(receiver, replace(thing, items=thing.items[::-1]))
        return NONE
    if name in ("sort", "rotate", "reverse"):
        state.put(receiver, Thing(thing.kind, rest=thing.any_item()))
        return NONE
    if name == "copy":
        return run.new(state, thing)
    if name in ("index", "count", "qsize", "empty", "full", "task_done"):
        return CLEAN
    return None


def _popped(receiver: Value, thing: Thing, name: str, position: Value, state: State) -> Value:
    at: object = -1
    if name == "popleft" or (name in ("get", "get_nowait") and receiver.kind != "stack"):
        at = 0
    elif name == "pop" and position is not CLEAN:
        at = position.constant if position.is_constant else None
    if not isinstance(at, int):
        item = thing.any_item()
        state.put(receiver, Thing(thing.kind, rest=item))
        return item
    item = thing.at(at)
    state.put(receiver, thing.without(at))
    return item


def _remove(receiver: Value, thing: Thing, value: Value, state: State) -> None:
    items = thing.items
    if items is None:
        return
    if value.is_constant and all(item.is_constant for item in items):
        for at, item in enumerate(items):
            if item.constant == value.constant:
                state.put(receiver, thing.without(at))
                return
    state.put(receiver, Thing(thing.kind, rest=joined(list(items))) if items else thing)


def extend(run: Interpreter, receiver: Value, thing: Thing, value: Value, state: State) -> None:
    """`receiver += value` for a list."""
    other = state.thing(value)
    if other is not None and other.items is not None and other.rest is None:
        for item in other.items:
            thing = thing.inserted(len(thing.items or ()), item)
        state.put(receiver, thing)
        return
    element = places.element(run, value, state, ast.Pass())
    state.put(receiver, thing.mixed(element))


def _dict(
    run: Interpreter,
    receiver: Value,
    thing: Thing,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
) -> Value | None:
    key = arguments[0] if arguments else CLEAN
    fallback = arguments[1] if len(arguments) > 1 else NONE
    if name in ("get", "pop", "setdefault") and arguments:
        found = _looked_up(thing, key, fallback)
        if name == "setdefault" and key.is_constant and thing.holds(key.constant) is False:
            state.put(receiver, thing.stored(key.constant, fallback))
        if name == "pop" and key.is_constant:
            state.put(receiver, thing.without(key.constant))
        return found
    if name == "update":
        changed = thing
        other = state.thing(key) if arguments else None
        if other is not None:
            for field, value in other.fields.items():
                changed = changed.stored(field, value)
            if other.kind != "dict":
                changed = changed.mixed(_of_pairs(key, other, state))
            elif other.rest is not None:
                changed = changed.mixed(other.rest)
        elif arguments:
            changed = changed.mixed(derived(key))
        for field, value in keywords.items():
            changed = changed.stored(field, value)
        state.put(receiver, changed)
        return NONE
    if name == "clear":
        state.put(receiver, Thing("dict"))
        return NONE
    if name in ("copy",):
        return run.new(state, thing)
    if name == "values":
        return run.new(state, Thing("list", rest=thing.any_item()))
    if name == "keys":
        return run.new(state, Thing("list", rest=places.element(run, receiver, state, ast.Pass())))
    if name == "items":
        held = (places.element(run, receiver, state, ast.Pass()), thing.any_item())
        return run.new(state, Thing("list", rest=run.new(state, Thing("tuple", held))))
    return None


def _looked_up(thing: Thing, key: Value, fallback: Value) -> Value:
    if not key.is_constant:
        return join(thing.any_item(), fallback)
    holds = thing.holds(key.constant)
    if holds is False:
        return fallback
    return thing.at(key.constant) if holds else join(thing.at(key.constant), fallback)


def _text(
    run: Interpreter,
    receiver: Value,
    thing: Thing,
    name: str,
    arguments: list[Value],
    state: State,
) -> Value | None:
    parts = [*(thing.items or ()), *([] if thing.rest is None else [thing.rest])]
    if name in ("write", "writelines") and arguments:
        state.put(receiver, thing.inserted(len(thing.items or ()), state.deep(arguments[0])))
        return CLEAN
    if name in ("getvalue", "read", "readline", "readlines", "getbuffer"):
        if thing.items is None or thing.rest is not None:
            return derived(*parts)
        return built(parts)
    if name in ("truncate", "seek", "close", "flush", "tell"):
        if name == "truncate" and arguments and arguments[0].options == (0,):
            state.put(receiver, Thing("text", ()))
        return CLEAN
    return None


def _sections(
    receiver: Value,
    thing: Thing,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
) -> Value | None:
    if name == "add_section":
        return NONE
    if name == "set" and len(arguments) == 3:
        section, option, value = arguments
        if section.is_constant and option.is_constant:
            state.put(receiver, thing.stored((section.constant, option.constant), value))
        else:
            state.put(receiver, thing.mixed(value))
        return NONE
    if name == "get" and len(arguments) >= 2:
        section, option = arguments[:2]
        fallback = keywords.get("fallback", CLEAN)
        if section.is_constant and option.is_constant:
            key = (section.constant, option.constant)
            inner = state.thing(thing.fields.get(section.constant, CLEAN))
            if inner is not None and not thing.holds(key):
                return inner.at(option.constant)
            return thing.at(key) if thing.holds(key) else join(thing.at(key), fallback)
        return thing.any_item()
    if name in ("getint", "getfloat", "getboolean", "has_section", "has_option"):
        return CLEAN
    if name in ("read", "read_file", "read_string", "read_dict", "readfp"):
        held = derived(*map(state.deep, arguments)).cleared(frozenset({PART}))
        state.put(receiver, thing.mixed(held if name != "read" else CLEAN))
        return CLEAN
    if name in ("remove_option",) and len(arguments) == 2 and all(a.is_constant for a in arguments):
        state.put(receiver, thing.without((arguments[0].constant, arguments[1].constant)))
        return CLEAN
    return None


def missing(
    run: Interpreter, owner: Value, thing: Thing, key: object, state: State
) -> Value | None:
    """What a key gets that is not there: a section of a configuration, a default; else None."""
    if thing.kind == "sections":
        if key in thing.fields:
            return thing.fields[key]
        options: dict[object, Value] = {
            name[1]: value
            for name, value in thing.fields.items()
            if isinstance(name, tuple) and name[0] == key
        }
        return run.new(state, Thing("dict", None, options, thing.rest))
    if owner.kind != "collections.defaultdict" or thing.holds(key) is not False:
        return None
    made_item = run.new(state, Thing("list", ()))
    state.put(owner, thing.stored(key, made_item))
    return made_item
