"""Where the data in an expression comes from, as far as the script itself tells."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from tree_sitter import Node

from analyzers.javascript.bindings import Bindings
from analyzers.javascript.called import of_call
from analyzers.javascript.named import of_name
from analyzers.javascript.outside import of_member
from analyzers.javascript.paths import Paths
from analyzers.javascript.provenance import CLEAN, CONSTANT, UNKNOWN, Origin, worst
from analyzers.javascript.script import ScriptCode

_LITERALS = frozenset(
    {"string", "number", "true", "false", "null", "undefined", "regex", "function_expression",
     "arrow_function", "class", "jsx_element", "jsx_self_closing_element", "jsx_fragment"}
)  # fmt: skip
_WRAPPERS = frozenset(
    {"parenthesized_expression", "await_expression", "as_expression", "satisfies_expression",
     "non_null_expression", "spread_element", "template_substitution", "yield_expression"}
)  # fmt: skip
_LOGIC = frozenset({"||", "&&", "??", "+"})
_MAX_DEPTH = 40
_MAX_STEPS = 20_000


class Origins:
    """Answers for one script. `clean`: the names of calls that make data harmless for a sink."""

    def __init__(self, code: ScriptCode) -> None:
        self.code = code
        self.bindings = Bindings(code)
        self.paths = Paths(code, self.bindings)
        self._known: dict[tuple[int, frozenset[str]], Origin] = {}
        self._steps = 0

    def of(self, node: Node, clean: frozenset[str] = frozenset(), depth: int = 0) -> Origin:
        """Where what the node gives comes from."""
        key = node.id, clean
        known = self._known.get(key)
        if known is None:
            self._steps += 1
            if depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
                return UNKNOWN
            self._known[key] = CLEAN  # What only leads back to itself adds nothing.
            known = self._known[key] = self._told(node, clean, depth + 1)
        return known

    def _told(self, node: Node, clean: frozenset[str], depth: int) -> Origin:
        kind = node.type
        if kind in _LITERALS:
            return CONSTANT
        if kind in ("identifier", "shorthand_property_identifier"):
            return of_name(self, node, clean, depth)
        if kind in ("member_expression", "subscript_expression"):
            return of_member(self, node, clean, depth)
        if kind in ("call_expression", "new_expression"):
            return of_call(self, node, clean, depth)
        if kind in _WRAPPERS:
            inner = [child for child in node.named_children if child.type != "comment"]
            return self.of(inner[0], clean, depth) if inner else CONSTANT
        if kind == "type_assertion":
            return self.of(node.named_children[-1], clean, depth)
        return self.worst(self._parts(node), clean, depth)

    def _parts(self, node: Node) -> list[Node] | None:
        """The expressions of which any may be in the value; None for what is not read."""
        kind = node.type
        if kind == "binary_expression":
            operator = node.child_by_field_name("operator")
            if operator is not None and self.code.source(operator) == "&&":
                # What stands on the left is the value only where it is empty.
                right = node.child_by_field_name("right")
                return [] if right is None else [right]
            sides = [node.child_by_field_name("left"), node.child_by_field_name("right")]
            is_kept = operator is not None and self.code.source(operator) in _LOGIC
            return [side for side in sides if side is not None] if is_kept else []
        if kind == "ternary_expression":
            arms = [node.child_by_field_name(field) for field in ("consequence", "alternative")]
            return [arm for arm in arms if arm is not None]
        if kind in ("assignment_expression", "augmented_assignment_expression", "pair"):
            right = node.child_by_field_name("right") or node.child_by_field_name("value")
            return [] if right is None else [right]
        if kind == "template_string":
            return [child for child in node.named_children if child.type == "template_substitution"]
        if kind in ("array", "object", "sequence_expression"):
            return [child for child in node.named_children if child.type != "method_definition"]
        if kind in ("unary_expression", "update_expression", "this", "super", "meta_property"):
            return []
        return None

    def worst(self, nodes: Iterable[Node] | None, clean: frozenset[str], depth: int) -> Origin:
        """The worst of what some expressions hold; nothing is known of None."""
        return UNKNOWN if nodes is None else worst(self.of(node, clean, depth) for node in nodes)


@functools.lru_cache(maxsize=4)
def origins(code: ScriptCode) -> Origins:
    """The answers for a script, found once."""
    return Origins(code)
