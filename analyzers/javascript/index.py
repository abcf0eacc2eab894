"""What happens in a script, by name: calls, values that are given, names that are bound.

The index of a text is gathered once. That of one like it is the same but for where they differ, and
only that part is gathered again: places are bytes, which move with the text, and become nodes when
they are asked for.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final, Literal, NamedTuple

import tree_sitter
from tree_sitter import Node

from analyzers.javascript.grammars import Change, Dialect, Parsed, query
from analyzers.javascript.naming import bound_names, source_of

_HAPPENS = """
(call_expression function: (identifier) @name) @call
(call_expression function: (member_expression property: (property_identifier) @name)) @call
(call_expression function: (await_expression
  (member_expression property: (property_identifier) @name))) @call
(call_expression function: (await_expression (identifier) @name)) @call
(call_expression function: (import) @name) @call
(call_expression function: (subscript_expression index: (string) @name)) @call
(call_expression
  function: (member_expression property: (private_property_identifier) @name)) @call
(new_expression constructor: (identifier) @name) @call
(new_expression constructor: (member_expression property: (property_identifier) @name)) @call
(assignment_expression left: (member_expression property: (property_identifier) @name)) @given
(assignment_expression left: (identifier) @name) @given
(assignment_expression left: (subscript_expression) @name) @given
(augmented_assignment_expression left: (member_expression property: (property_identifier) @name))
  @given
(augmented_assignment_expression left: (identifier) @name) @given
(pair key: (_) @name) @pair
(if_statement condition: (_) @condition)
(ternary_expression condition: (_) @condition)
(variable_declarator) @declarator
(assignment_expression left: [(identifier) (object_pattern) (array_pattern)]) @assignment
(augmented_assignment_expression left: (identifier)) @augmented
(for_in_statement) @loop
(formal_parameters) @parameters
(arrow_function parameter: (identifier) @parameter)
(catch_clause parameter: (identifier) @parameter)
(import_statement) @import
(function_declaration name: (identifier) @function)
(class_declaration name: (_) @function)
"""
Kind = Literal["call", "given", "pair", "condition", "loop", "maker", "alias"]
_NAMED: Final[tuple[Kind, ...]] = ("call", "given", "pair")
# What else a name may stand for: only such a value is a function under another name.
_CALLABLE: Final = frozenset(
    {"identifier", "member_expression", "subscript_expression", "call_expression",
     "await_expression", "parenthesized_expression", "as_expression", "non_null_expression"}
)  # fmt: skip
_Index = dict[tuple[Kind, str], "list[_Place]"]


class _Place(NamedTuple):
    """The bytes of a node. A plain tuple, for there are thousands of them and they are sorted.

    end_first: less the end, so that what begins alike is in order from without to within.
    what: for a maker, what binds its name.
    """

    start: int
    end_first: int
    type: str
    what: str = ""


class Index:
    """All that happens in one script."""

    def __init__(self, parsed: Parsed, dialect: Dialect) -> None:
        self._root = parsed.tree.root_node
        self._data = parsed.data
        self._change = parsed.change
        self._far: _Index = {}
        self._near: _Index = {}
        if parsed.like is None or parsed.change is None:
            self._near = parsed.kept(lambda own: gathered(own, dialect))
        else:
            self._far = parsed.like.kept(lambda like: gathered(like, dialect))
            self._near = gathered(parsed, dialect, parsed.change)

    def nodes(self, kind: Kind, name: str = "", holding: bytes = b"") -> list[tuple[Node, str]]:
        """The nodes of this name in the order of the text; of a maker, with what it is.

        holding: what each must have in its text.
        """
        near = self._near.get((kind, name), ())
        far = self._far.get((kind, name), ())
        places = sorted([*near, *self._moved(far)]) if far else near
        return [
            (self._node(place), place.what)
            for place in places
            if not holding or holding in self._data[place.start : -place.end_first]
        ]

    def aliases(self) -> set[str]:
        """The names that may stand for a function which has another one."""
        return {name for kind, name in (*self._near, *self._far) if kind == "alias"}

    def _moved(self, places: list[_Place] | tuple[()]) -> list[_Place]:
        """The places in the text that this one is like, where they are here, if they still are."""
        change = self._change
        assert change is not None
        moved = change.new_end - change.old_end
        kept = []
        for place in places:
            start, end_first, kind, what = place
            if -end_first < change.start:
                kept.append(place)
            elif start > change.old_end:
                kept.append(_Place(start + moved, end_first - moved, kind, what))
        return kept

    def _node(self, place: _Place) -> Node:
        node = self._root.descendant_for_byte_range(place.start, -place.end_first)
        while node is not None and node.type != place.type:
            node = node.parent
        assert node is not None
        return node


def gathered(parsed: Parsed, dialect: Dialect, change: Change | None = None) -> _Index:
    """Where things happen in a text, or in what touches a change of it alone."""
    found: _Index = defaultdict(list)
    cursor = tree_sitter.QueryCursor(query(dialect, _HAPPENS))
    if change is not None:
        cursor.set_byte_range(max(change.start - 1, 0), change.new_end + 1)
    for _, captured in cursor.matches(parsed.tree.root_node):
        named = captured.pop("name", None)
        for what, (node, *_) in captured.items():
            start, end = node.start_byte, node.end_byte
            if change is not None and (end < change.start or start > change.new_end):
                continue
            kind = next((kind for kind in _NAMED if kind == what), None)
            place = _Place(start, -end, node.type, "" if kind else what)
            if kind is not None and named is not None:
                found[kind, _name(kind, named[0], parsed.data)].append(place)
            elif what == "condition":
                found["condition", ""].append(place)
            else:
                if what == "loop":
                    found["loop", ""].append(place)
                for name in bound_names(what, node, parsed.data):
                    found["maker", name].append(place)
                    if _may_be_alias(what, node):
                        found["alias", name].append(place)
    for places in found.values():
        places.sort()
    return dict(found)


def _name(kind: Kind, named: Node, data: bytes) -> str:
    if kind == "given" and named.type == "subscript_expression":
        return ""
    name = source_of(named, data)
    return name.strip("\"'")


def _may_be_alias(what: str, node: Node) -> bool:
    if what == "import":
        return True
    if what not in ("declarator", "assignment"):
        return False
    value = node.child_by_field_name("value" if what == "declarator" else "right")
    return value is not None and value.type in _CALLABLE
