"""What a name stands for at a place: the values that were given to it on the way there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from analyzers.javascript.naming import imported, names_in
from analyzers.javascript.script import ScriptCode

FUNCTIONS = frozenset(
    {"function_declaration", "function_expression", "arrow_function", "method_definition",
     "generator_function_declaration", "generator_function", "program"}
)  # fmt: skip
_BLOCKS = FUNCTIONS | {
    "statement_block", "if_statement", "else_clause", "for_statement", "for_in_statement",
    "while_statement", "do_statement", "switch_case", "switch_default", "catch_clause",
    "class_body", "ternary_expression",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Binding:
    """One value given to a name.

    value: None for a parameter, a function, a class and what cannot be told.
    keys: the properties of the value that the name gets, for a pattern; "*" for a computed one.
    module: for an import, the module's name; `keys` is then what is imported of it.
    block: the bytes of the innermost block around; what uses the name in it sees this value.
    function: the bytes of the innermost function.
    adds: `+=` and its like, which keep what was there.
    """

    at: int
    value: Node | None
    keys: tuple[str, ...]
    module: str | None
    block: tuple[int, int]
    function: tuple[int, int]
    adds: bool = False
    is_declared: bool = False
    pattern: Node | None = None


class Bindings:
    """All values given to all names of a script."""

    def __init__(self, code: ScriptCode) -> None:
        self._code = code
        self._of: dict[str, list[Binding]] = {}

    def reaching(self, name: str, at: int) -> list[Binding]:
        """The values that the name may have at a byte, the last first."""
        found: list[Binding] = []
        given = self._given(name)
        until = bisect_right(given, at, key=_place_of)
        for binding in reversed(given[:until]):
            inside = binding.block[0] <= at < binding.block[1]
            if not inside and not binding.function[0] <= at < binding.function[1]:
                continue
            found.append(binding)
            if inside and not binding.adds:
                return found
        # A function or a constant may be used above the line that makes it.
        later = (b for b in given[until:] if b.is_declared and b.block[0] <= at < b.block[1])
        if not found:
            found += later
        return found

    def is_bound(self, name: str, at: int) -> bool:
        """Whether the name is a variable of the script at that place, and no global one."""
        return bool(self.reaching(name, at))

    def _given(self, name: str) -> list[Binding]:
        known = self._of.get(name)
        if known is None:
            made = (each for maker in self._code.makers(name) for each in self._made(*maker))
            known = [binding for named, binding in made if named == name]
            known.sort(key=_place_of)
            self._of[name] = known
        return known

    def _made(self, kind: str, node: Node) -> Iterator[tuple[str, Binding]]:
        if kind == "import":
            yield from self._imported(node)
        elif kind in ("parameters", "parameter", "function"):
            around = _around(node, FUNCTIONS) if kind != "function" else _outside(node)
            names = [node] if kind != "parameters" else node.named_children
            for child in names:
                for named, keys in names_in(child, self._code.data):
                    yield self._binding(
                        named, None, keys, around, around, pattern=child, is_declared=True
                    )
        else:
            yield from self._of_value(kind, node)

    def _of_value(self, kind: str, node: Node) -> Iterator[tuple[str, Binding]]:
        left = node.child_by_field_name("name" if kind == "declarator" else "left")
        field = {"declarator": "value", "loop": "right"}.get(kind, "right")
        value = node.child_by_field_name(field)
        if left is None:
            return
        # `for (a of b)` without `const` or `let` gives a value to a variable that is there.
        is_declared = kind == "declarator" or node.child_by_field_name("kind") is not None
        around = _range(node) if kind == "loop" and is_declared else _around(node, _BLOCKS)
        function = _around(node, FUNCTIONS)
        if is_declared and (node.parent is None or node.parent.type != "variable_declaration"):
            function = around  # Unlike `var`, what `let` and `const` declare ends with the block.
        inner = ("*",) if kind == "loop" else ()
        for named, keys in names_in(left, self._code.data):
            yield self._binding(
                named, value, inner + keys, around, function,
                adds=kind == "augmented", is_declared=is_declared,
            )  # fmt: skip

    def _imported(self, node: Node) -> Iterator[tuple[str, Binding]]:
        source = node.child_by_field_name("source")
        everywhere = (0, len(self._code.data) + 1)
        for child in node.named_children:
            if child.type == "import_require_clause":
                source = child.child_by_field_name("source")
        if source is None:
            return
        module = self._code.source(source).strip("\"'")
        for named, keys in imported(node, self._code.data):
            yield self._binding(named, None, keys, everywhere, everywhere, module=module)

    def _binding(
        self,
        named: Node,
        value: Node | None,
        keys: tuple[str, ...],
        block: tuple[int, int],
        function: tuple[int, int],
        *,
        module: str | None = None,
        adds: bool = False,
        is_declared: bool = False,
        pattern: Node | None = None,
    ) -> tuple[str, Binding]:
        # A name has its new value only behind the expression that makes it.
        at = named.start_byte if value is None or keys[:1] == ("*",) else value.end_byte
        binding = Binding(at, value, keys, module, block, function, adds, is_declared, pattern)
        return self._code.source(named), binding


def _place_of(binding: Binding) -> int:
    return binding.at


def _around(node: Node, kinds: frozenset[str]) -> tuple[int, int]:
    above = node.parent
    while above is not None and above.type not in kinds:
        above = above.parent
    return (0, node.end_byte + 1) if above is None else _range(above)


def _outside(name: Node) -> tuple[int, int]:
    """The block in which a function's or a class's own name is known."""
    return _around(name, _BLOCKS) if name.parent is None else _around(name.parent, _BLOCKS)


def _range(node: Node) -> tuple[int, int]:
    # The end of the program is a place in it too.
    return node.start_byte, node.end_byte + (node.type == "program")
