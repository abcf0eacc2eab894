"""Which names a declaration, a pattern or an import binds, and what of the value each gets."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node


def source_of(node: Node, data: bytes) -> str:
    """The text of a node."""
    return data[node.start_byte : node.end_byte].decode("utf-8", "replace")


def bound_names(kind: str, node: Node, data: bytes) -> set[str]:
    """The names that something binds."""
    if kind == "import":
        return {source_of(named, data) for named, _ in imported(node, data)}
    if kind in ("parameter", "function"):
        return {source_of(node, data)}
    if kind == "parameters":
        patterns: list[Node] = node.named_children
    else:
        left = node.child_by_field_name("name" if kind == "declarator" else "left")
        if left is not None and left.type == "identifier":
            return {source_of(left, data)}
        patterns = [] if left is None else [left]
    return {source_of(named, data) for child in patterns for named, _ in names_in(child, data)}


def names_in(pattern: Node, data: bytes) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """The names in a pattern, each with the properties that lead to it."""
    waiting: list[tuple[Node, tuple[str, ...]]] = [(pattern, ())]
    while waiting:
        node, keys = waiting.pop()
        if node.type in ("identifier", "type_identifier"):
            yield node, keys
        elif node.type == "shorthand_property_identifier_pattern":
            yield node, (*keys, source_of(node, data))
        elif node.type == "pair_pattern":
            key, value = node.child_by_field_name("key"), node.child_by_field_name("value")
            if key is not None and value is not None:
                waiting.append((value, (*keys, source_of(key, data).strip("\"'"))))
        elif node.type in ("assignment_pattern", "object_assignment_pattern"):
            left = node.child_by_field_name("left")
            if left is not None:
                waiting.append((left, keys))
        elif node.type in ("required_parameter", "optional_parameter"):
            inner = node.child_by_field_name("pattern")
            if inner is not None:
                waiting.append((inner, keys))
        elif node.type == "array_pattern":
            waiting += [(child, (*keys, "*")) for child in node.named_children]
        elif node.type in ("object_pattern", "rest_pattern", "lexical_declaration"):
            waiting += [(child, keys) for child in node.named_children]


def imported(node: Node, data: bytes) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """The names that an import binds, each with what it is of the module."""
    for clause in node.named_children:
        for child in clause.named_children if clause.type != "string" else ():
            if child.type == "identifier":
                yield child, ()
            elif child.type == "namespace_import":
                yield child.named_children[-1], ()
            elif child.type == "named_imports":
                for one in child.named_children:
                    name = one.child_by_field_name("name")
                    if name is not None:
                        exported = source_of(name, data)
                        keys = () if exported == "default" else (exported,)
                        yield one.child_by_field_name("alias") or name, keys
