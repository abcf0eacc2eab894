"""The script's own functions: who calls them with what, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node

from analyzers.javascript.bindings import FUNCTIONS, Binding, Bindings
from analyzers.javascript.script import Call, ScriptCode

_MAX_CALLS: Final = 16
_MAX_ANSWERS: Final = 8
# Methods that call a function with each item of what they are called on, and its number.
_WITH_ITEMS: Final = frozenset(
    {"map", "forEach", "filter", "some", "every", "find", "findIndex", "flatMap"}
)
_MEMBERS: Final = frozenset(
    {"method_definition", "pair", "field_definition", "public_field_definition"}
)
# What such a function gives back is not what it was given.
_CAREFUL: Final = re.compile(
    r"(?i)esc(ape)?|saniti[sz]|clean|quote|valid|slug|safe|check|strip|encode|allow|assert|mask|hash"
)


def given_to(code: ScriptCode, bindings: Bindings, parameter: Binding) -> list[Node]:
    """The expressions that the script calls a function with for a parameter.

    For one that is destructured, what the whole is called with; the binding's keys say the rest.
    """
    function, at = _place(parameter.pattern)
    if function is None or at is None:
        return []
    calls = _calls(code, bindings, function)[:_MAX_CALLS]
    given = [call.arguments[at] for call in calls if len(call.arguments) > at]
    return [node for node in given if node.type != "spread_element"]


def item_of(parameter: Binding, code: ScriptCode) -> tuple[Node, int] | None:
    """The list whose items a parameter stands for, with 0; or whose numbers, with 1."""
    function, at = _place(parameter.pattern)
    around = None if function is None else function.parent
    call = None if around is None or around.type != "arguments" else around.parent
    callee = None if call is None else call.child_by_field_name("function")
    if at is None or callee is None or callee.type != "member_expression":
        return None
    name, receiver = callee.child_by_field_name("property"), callee.child_by_field_name("object")
    if name is None or receiver is None or code.source(name) not in _WITH_ITEMS:
        return None
    return (receiver, at) if at < 2 else None


def answers(code: ScriptCode, bindings: Bindings, callee: Node) -> list[Node] | None:
    """What a function of the script gives back; None for others, and where it takes care of it."""
    name = code.source(callee)
    if callee.type != "identifier" or _CAREFUL.search(name):
        return None
    given = bindings.reaching(name, callee.start_byte)
    if len(given) != 1:
        return None
    function = given[0].value
    if function is None and given[0].pattern is not None and given[0].module is None:
        function = given[0].pattern.parent
    if function is None or function.type not in FUNCTIONS or function.type == "program":
        return None
    body = function.child_by_field_name("body")
    if body is None:
        return None
    if body.type != "statement_block":
        return [body]
    found = list(_returned(body))
    if _throws(body):
        return None  # It looks at what it is given, and gives back what it let through.
    if not found or len(found) > _MAX_ANSWERS or any(_is_mended(code, node) for node in found):
        return None
    return found


def _throws(node: Node) -> bool:
    """Whether a function's own body throws anything."""
    return node.type == "throw_statement" or any(
        _throws(child)
        for child in node.named_children
        if child.type not in FUNCTIONS and child.type != "class_body"
    )


def _is_mended(code: ScriptCode, node: Node) -> bool:
    return b".replace" in code.data[node.start_byte : node.end_byte]


def _returned(node: Node) -> Iterator[Node]:
    """The values of `return` in a function's own body."""
    for child in node.named_children:
        if child.type == "return_statement":
            yield from (each for each in child.named_children[:1] if each.type != "comment")
        elif child.type not in FUNCTIONS and child.type != "class_body":
            yield from _returned(child)


def _place(pattern: Node | None) -> tuple[Node | None, int | None]:
    """The function of a parameter, and which of its parameters it is."""
    above = None if pattern is None else pattern.parent
    if pattern is None or above is None:
        return None, None
    if above.type == "arrow_function":
        return above, 0  # `item => ...`
    if above.type != "formal_parameters":
        return None, None
    listed = [child for child in above.named_children if child.type != "comment"]
    at = next((n for n, child in enumerate(listed) if child.id == pattern.id), None)
    return above.parent, at


def _calls(code: ScriptCode, bindings: Bindings, function: Node) -> list[Call]:
    """The calls of a function by its own name, or by that of a method."""
    above = function.parent
    holder = function if function.type == "method_definition" else above
    if holder is not None and holder.type in _MEMBERS:
        field = {"pair": "key", "field_definition": "property"}.get(holder.type, "name")
        named = holder.child_by_field_name(field)
        found = [] if named is None else code.calls(code.source(named))
        owner = _owner(code, holder)
        return [call for call in found if _is_on(code, bindings, call.callee, owner)]
    if function.type == "function_declaration":
        named = function.child_by_field_name("name")
    elif above is not None and above.type == "variable_declarator":
        named = above.child_by_field_name("name")
    else:
        return []
    if named is None or named.type != "identifier":
        return []
    name = code.source(named)
    return [
        call
        for call in code.calls(name)
        if call.callee.type == "identifier" and _is_this(bindings, name, call.callee, function)
    ]


def _is_this(bindings: Bindings, name: str, callee: Node, function: Node) -> bool:
    """Whether the name means this function there, and no other one."""
    given = bindings.reaching(name, callee.start_byte)
    if len(given) != 1:
        return False
    value, pattern = given[0].value, given[0].pattern
    if value is not None:
        return value.id == function.id
    return pattern is not None and pattern.parent is not None and pattern.parent.id == function.id


def _owner(code: ScriptCode, member: Node) -> str | None:
    """The name of the class or of the object that a method or a property is of."""
    around = None if member.parent is None else member.parent.parent
    if member.type == "pair" or (member.parent is not None and member.parent.type == "object"):
        is_named = around is not None and around.type == "variable_declarator"
    else:
        is_named = around is not None and around.type == "class_declaration"
    named = around.child_by_field_name("name") if around is not None and is_named else None
    return None if named is None else code.source(named)


def _is_on(code: ScriptCode, bindings: Bindings, callee: Node, owner: str | None) -> bool:
    """Whether a method is called on `this`, or on what has the owner's name or is made by it."""
    receiver = callee.child_by_field_name("object")
    if receiver is None or receiver.type == "this" or owner is None:
        return receiver is not None and receiver.type == "this"
    if receiver.type == "identifier" and code.source(receiver) != owner:
        given = bindings.reaching(code.source(receiver), receiver.start_byte)
        value = given[0].value if len(given) == 1 and not given[0].keys else None
        receiver = receiver if value is None else value
    if receiver.type == "new_expression":
        maker = receiver.child_by_field_name("constructor")
        return maker is not None and code.source(maker) == owner
    return receiver.type == "identifier" and code.source(receiver) == owner
