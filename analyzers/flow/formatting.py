"""Strings put together by templates: `%`, `format` and `join`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzers.flow.state import State
from analyzers.flow.value import CLEAN, HOLE, Value, built, constant, derived

if TYPE_CHECKING:
    from analyzers.flow.interpreter import Interpreter

# Ends of a format's directive that let only numbers through.
NUMERIC = frozenset("bcdeEfFgGnoxX")
_PERCENT = re.compile(r"%(?:\((\w+)\))?[-#0 +]*(?:\*|\d*)(?:\.(?:\*|\d+))?([a-zA-Z%])")
_BRACES = re.compile(r"\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::([^{}]*))?\}")


def percent(run: Interpreter, template: Value, right: Value, state: State) -> Value:
    """`template % right`."""
    thing = state.thing(right)
    if template.taints or HOLE in template.text:
        value = derived(template, state.deep(right), kind="str")
        return Value(value.taints, text=template.text, kind="str", is_built=True)
    parts: list[Value] = []
    position, end = 0, 0
    for match in _PERCENT.finditer(template.text):
        parts.append(constant(template.text[end : match.start()]))
        end = match.end()
        key, directive = match[1], match[2]
        if directive == "%":
            parts.append(constant("%"))
            continue
        if thing is None:
            value = right
        elif key is not None:
            value = thing.at(key)
        elif thing.kind == "tuple" and thing.items is not None:
            value = thing.items[position] if position < len(thing.items) else CLEAN
        else:
            value = state.deep(right)
        position += 1
        parts.append(_part(value, directive in NUMERIC, directive in "ra", state))
    parts.append(constant(template.text[end:]))
    return built(parts)


def braces(
    run: Interpreter,
    template: Value,
    arguments: list[Value],
    keywords: dict[str, Value],
    state: State,
) -> Value:
    """`template.format(...)`."""
    if not template.is_constant or not isinstance(template.constant, str):
        held = [state.deep(value) for value in (*arguments, *keywords.values())]
        value = derived(template, *held)
        return Value(value.taints, text=template.text, kind="str", is_built=True)
    parts: list[Value] = []
    position, end = 0, 0
    text = template.constant
    for match in _BRACES.finditer(text):
        parts.append(constant(text[end : match.start()]))
        end = match.end()
        if match[0] in ("{{", "}}"):
            parts.append(constant(match[0][0]))
            continue
        name = re.split(r"[.\[]", match[1] or "")[0]
        if name == "":
            name = str(position)
            position += 1
        if name.isdecimal():
            at = int(name[:9])
            value = arguments[at] if at < len(arguments) else CLEAN
        else:
            value = keywords.get(name, CLEAN)
        is_numeric = (match[3] or "")[-1:] in NUMERIC and bool(match[3])
        parts.append(_part(value, is_numeric, match[2] in ("r", "a"), state))
    parts.append(constant(text[end:]))
    return built(parts)


def joined_with(run: Interpreter, separator: Value, items: Value, state: State) -> Value:
    """`separator.join(items)`."""
    thing = state.thing(items)
    if thing is None or thing.items is None or thing.rest is not None:
        value = derived(separator, state.deep(items), kind="str")
        held = None if thing is None else thing.any_item()
        if held is not None and held.text.strip(HOLE):
            return Value(value.taints, text=held.text + HOLE, kind="str", is_built=True)
        return value
    parts: list[Value] = []
    for number, item in enumerate(thing.items):
        if number:
            parts.append(separator)
        parts.append(_part(item, False, False, state))
    return built(parts)


def _part(value: Value, is_numeric: bool, is_quoted: bool, state: State) -> Value:
    if is_numeric:
        return CLEAN
    if value.is_constant and not is_quoted:
        return constant(str(value.constant))
    whole = state.deep(value)
    return Value(
        whole.taints,
        text=HOLE if is_quoted or value.refs or value.options else value.text,
        is_built=whole.is_built,
    )
