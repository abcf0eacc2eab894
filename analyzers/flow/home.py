"""Conditions that keep the target of a redirect on the program's own host."""

from __future__ import annotations

import ast
from typing import Final

from analyzers.flow.origin import AT_HOME
from analyzers.flow.state import State
from analyzers.flow.value import Value
from analyzers.unparsed import unparsed

SAME_HOST: Final = frozenset({"redirect", "ssrf"})
# Parts of an address that name its host; one without them leads to the host that it is read on.
_HOST_PARTS: Final = ("netloc", "hostname", "host")


def host_is_known(part: Value, state: State) -> None:
    """The host in an address is empty, or one that the program names."""
    if part.kind.removeprefix("url.") in _HOST_PARTS:
        state.guard(part.taints, SAME_HOST)


def first_signs(index: ast.expr, text: Value, signs: object, state: State, holds: bool) -> None:
    """`text[0] == "/"` holds, or `text[1:2] == "/"` and `text[:2] == "//"` do not.

    signs: what the piece is compared with; of a text or a collection, what it may be.
    """
    if isinstance(signs, str):
        known = {signs, *signs} if len(signs) > 1 else {signs}
    elif isinstance(signs, tuple | list | set | frozenset):
        known = {sign for sign in signs if isinstance(sign, str)}
    else:
        return
    written = unparsed(index)
    if holds:
        if written in ("0", ":1", "0:1") and signs in ("/", ("/",)):
            state.believe(text, frozenset({AT_HOME[0]}))
        return
    is_second = written in ("1", "1:2") and "/" in known
    is_both = written in (":2", "0:2") and "//" in known
    if is_second or is_both:
        state.believe(text, frozenset({AT_HOME[1]}))


def signs(node: ast.expr, value: Value, state: State) -> object:
    """The constant that a value is, or those that are in it."""
    if value.is_constant:
        return value.constant
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return tuple(each.value for each in node.elts if isinstance(each, ast.Constant))
    thing = state.thing(value)
    if thing is None or thing.items is None or thing.rest is not None:
        return None
    return tuple(item.constant for item in thing.items if item.is_constant)
