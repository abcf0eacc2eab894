"""A text that a script puts together, taken apart again: what it writes itself, what comes in."""

from __future__ import annotations

from tree_sitter import Node

from analyzers.javascript import own_functions
from analyzers.javascript.origin import origins
from analyzers.javascript.script import ScriptCode

_MAX_DEPTH = 30
_MAX_PIECES = 500


def pieces(code: ScriptCode, node: Node) -> list[str | Node]:
    """The parts of a text in order: a constant as text, the rest as the nodes that give it."""
    found: list[str | Node] = []
    _take(code, node, found, 0)
    return found


def constant(code: ScriptCode, node: Node) -> str | None:
    """The text that an expression always has, None if it has not always the same."""
    parts = pieces(code, node)
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(parts) else None


def is_built(code: ScriptCode, node: Node) -> bool:
    """Whether the text is put together of a constant and something else."""
    parts = pieces(code, node)
    return len({isinstance(part, str) for part in parts}) == 2


def _take(code: ScriptCode, node: Node, found: list[str | Node], depth: int) -> None:
    inner = None if depth > _MAX_DEPTH or len(found) > _MAX_PIECES else _inner(code, node)
    if inner is None:
        found.append(node)
        return
    for part in inner:
        if isinstance(part, str):
            found.append(part)
        else:
            _take(code, part, found, depth + 1)


def _inner(code: ScriptCode, node: Node) -> list[str | Node] | None:
    kind = node.type
    if kind == "string":
        return [code.source(node)[1:-1]]
    if kind == "number":
        return [code.source(node)]
    if kind == "template_string":
        return _of_template(code, node)
    if kind == "binary_expression":
        operator = node.child_by_field_name("operator")
        if operator is not None and code.source(operator) == "+":
            return [
                side for field in ("left", "right") if (side := node.child_by_field_name(field))
            ]
        return None
    if kind in ("parenthesized_expression", "as_expression", "non_null_expression"):
        return list(node.named_children[:1])
    if kind == "identifier":
        return _of_name(code, node)
    if kind == "ternary_expression":
        return _of_arms(code, node)
    if kind == "call_expression":
        return _of_join(code, node) or _of_answer(code, node)
    return None


def _of_answer(code: ScriptCode, node: Node) -> list[str | Node] | None:
    """What a function of the script gives back, where that is always the same expression."""
    callee = node.child_by_field_name("function")
    if callee is None:
        return None
    answers = own_functions.answers(code, origins(code).bindings, callee)
    return list(answers) if answers is not None and len(answers) == 1 else None


def _of_template(code: ScriptCode, node: Node) -> list[str | Node]:
    parts: list[str | Node] = []
    for child in node.named_children:
        if child.type == "template_substitution":
            parts += child.named_children[:1]
        else:
            parts.append(code.source(child))
    return parts or [""]


def _of_name(code: ScriptCode, node: Node) -> list[str | Node] | None:
    given = origins(code).bindings.reaching(code.source(node), node.start_byte)
    values: list[str | Node] = []
    for binding in reversed(given):
        if binding.value is None or binding.keys:
            return None
        values.append(binding.value)
    if len(given) > 1 and not any(binding.adds for binding in given):
        # One of several: any of them, as long as all are constant.
        texts = [_literal(code, binding.value) for binding in given if binding.value is not None]
        return [texts[0]] if texts and texts[0] is not None and None not in texts else None
    return values or None


def _of_arms(code: ScriptCode, node: Node) -> list[str | Node] | None:
    arms = [node.child_by_field_name(field) for field in ("consequence", "alternative")]
    texts = [None if arm is None else _literal(code, arm) for arm in arms]
    first = texts[0]
    return None if first is None or texts[1] is None else [first]


def _literal(code: ScriptCode, node: Node) -> str | None:
    return code.source(node)[1:-1] if node.type == "string" else None


def _of_join(code: ScriptCode, node: Node) -> list[str | Node] | None:
    callee = node.child_by_field_name("function")
    if callee is None or callee.type != "member_expression":
        return None
    receiver, name = callee.child_by_field_name("object"), callee.child_by_field_name("property")
    if receiver is None or name is None:
        return None
    listed = node.child_by_field_name("arguments")
    arguments = [] if listed is None else listed.named_children
    if code.source(name) == "concat":
        return [receiver, *arguments]
    if code.source(name) == "join" and receiver.type == "array":
        return list(receiver.named_children)
    if code.source(name) in ("trim", "toString", "toUpperCase", "toLowerCase"):
        return [receiver]
    return None
