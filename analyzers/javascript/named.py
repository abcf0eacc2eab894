"""Where what a name stands for comes from: what was given to it, and to parameters by calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tree_sitter import Node

from analyzers.javascript import own_functions, sources
from analyzers.javascript.bindings import Binding
from analyzers.javascript.checks import is_checked
from analyzers.javascript.outside import read_from_outside
from analyzers.javascript.provenance import (
    CLEAN,
    CONSTANT,
    UNKNOWN,
    Origin,
    is_doubtful,
    worst,
)

if TYPE_CHECKING:
    from analyzers.javascript.origin import Origins


def of_name(known: Origins, node: Node, clean: frozenset[str], depth: int) -> Origin:
    """Where what a name stands for comes from."""
    name = known.code.source(node)
    read = read_from_outside(known, node)
    if read is not None:
        return CLEAN if is_checked(known.code, name, node) else read
    given = known.bindings.reaching(name, node.start_byte)
    if not given:
        is_named = sources.CONFIGURED.match(name) or name in ("undefined", "NaN", "Infinity")
        return CLEAN if is_named else UNKNOWN
    found = CONSTANT
    for binding in given:
        found = worst([_of_binding(known, binding, clean, depth)], found)
        if binding.value is not None and binding.value.type == "array":
            pushed = list(_pushed(known, name, binding))
            found = worst([known.worst(pushed, clean, depth)], found)
    if found.kind == "unknown" and sources.CONFIGURED.match(name):
        return CLEAN
    if is_doubtful(found) and is_checked(known.code, name, node):
        return CLEAN
    return found


def _pushed(known: Origins, name: str, binding: Binding) -> Iterator[Node]:
    """What is put into a list that the script makes."""
    for call in known.code.calls("push", "unshift"):
        on = call.callee.child_by_field_name("object")
        inside = binding.block[0] <= call.node.start_byte < binding.block[1]
        if inside and on is not None and known.code.source(on) == name:
            yield from call.arguments


def _of_binding(known: Origins, binding: Binding, clean: frozenset[str], depth: int) -> Origin:
    if binding.value is None:
        return _of_parameter(known, binding, clean, depth)
    if binding.keys and not binding.adds:
        path = known.paths.of(binding.value)
        dotted = None if path is None else ".".join((path, *binding.keys))
        if dotted is not None and sources.REMOTE.search(dotted):
            return Origin("remote", binding.value)
    return known.of(binding.value, clean, depth)


def _of_parameter(known: Origins, binding: Binding, clean: frozenset[str], depth: int) -> Origin:
    pattern = binding.pattern
    for child in () if pattern is None else pattern.named_children:
        if child.type == "decorator":
            name = known.code.source(child).lstrip("@").partition("(")[0]
            if name in sources.DECORATORS:
                return Origin("remote", pattern)
    item = own_functions.item_of(binding, known.code)
    if item is not None:
        return CLEAN if item[1] else known.of(item[0], clean, depth)
    # Others may call it too, so that nothing is known to be harmless by these calls.
    given = own_functions.given_to(known.code, known.bindings, binding)
    found = UNKNOWN if pattern is None else _of_default(known, pattern, clean, depth)
    found = worst((_under(known, each, binding.keys, clean, depth) for each in given), found)
    return found if found is UNKNOWN else replace(found, is_far=True)


def _of_default(known: Origins, pattern: Node, clean: frozenset[str], depth: int) -> Origin:
    """Where what a parameter is if nothing is given for it comes from, if that is from outside."""
    value = pattern.child_by_field_name("right") or pattern.child_by_field_name("value")
    return UNKNOWN if value is None else worst([known.of(value, clean, depth)], UNKNOWN)


def _under(
    known: Origins, node: Node, keys: tuple[str, ...], clean: frozenset[str], depth: int
) -> Origin:
    """Where what stands under the keys of a value comes from."""
    if not keys:
        return known.of(node, clean, depth)
    if node.type == "object":
        for pair in node.named_children:
            key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
            if pair.type == "shorthand_property_identifier":
                key = value = pair
            if key is None or value is None:
                continue
            if known.code.source(key).strip("\"'") == keys[0]:
                return _under(known, value, keys[1:], clean, depth)
    path = known.paths.of(node)
    if path is not None and sources.REMOTE.search(".".join((path, *keys))):
        return Origin("remote", node)
    return UNKNOWN if node.type == "object" else known.of(node, clean, depth)
