"""A script as the rules see it: its tree, an index of what happens in it, and its places."""

from __future__ import annotations

import functools
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from analyzers.finding import Span
from analyzers.javascript.grammars import Dialect, Parsed, parse
from analyzers.javascript.index import Index
from analyzers.viewed import Viewed

_CONTINUATION = re.compile(rb"[\x80-\xbf]")


@dataclass(frozen=True, slots=True)
class Call:
    """A call or `new`. name: the last part of what is called."""

    node: Node
    name: str
    callee: Node
    arguments: tuple[Node, ...]


class ScriptCode(Viewed[Node]):
    """Read by rules, changed by none.

    The tree is that of `before`, the part of the text, and `after`; spans lie in `text`.
    """

    def __init__(
        self,
        text: str,
        dialect: Dialect,
        *,
        before: str = "",
        part: Span | None = None,
        after: str = "",
        like: Parsed | None = None,
    ) -> None:
        self.text = text
        self.dialect = dialect
        self._part = part or Span(0, len(text))
        self._shift = self._part.start - len(before)
        self._parsed = before + text[self._part.start : self._part.end] + after
        # Half of a surrogate pair is no text; as "?" it takes one place as before.
        self.data = self._parsed.encode("utf-8", "replace")
        self.parsed = parse(self.data, dialect, like)
        self.tree = self.parsed.tree
        self._calls: dict[str, list[Call]] = {}

    def source(self, node: Node) -> str:
        """The text of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def span(self, node: Node) -> Span:
        """Where a node stands in `text`; what only a repair added stands at its edge."""
        return Span(self._offset(node.start_byte), self._offset(node.end_byte))

    def is_written(self, node: Node) -> bool:
        """Whether the text and not a repair has this node, in part at least."""
        span = self.span(node)
        return span.start < span.end

    def is_open(self, node: Node) -> bool:
        """Whether the text ends inside this node and only a repair closed it."""
        return self._raw_offset(node.end_byte) + self._shift > self._part.end

    def calls(self, *names: str) -> list[Call]:
        """The calls of functions and methods of these names, in the order of the text."""
        found = [call for name in names for call in self._calls_of(name)]
        return sorted(found, key=lambda call: call.node.start_byte) if len(names) > 1 else found

    def aliases(self) -> Iterator[tuple[str, Node]]:
        """The names under which the script may call a function that has another, with callees."""
        for name in sorted(self._index.aliases()):
            for call in self._calls_of(name):
                if call.callee.type == "identifier":
                    yield name, call.callee

    def assignments(self, *names: str) -> list[tuple[Node, Node]]:
        """The targets and values assigned to variables and properties of these names.

        The name "" stands for what is assigned by a computed name.
        """
        found: list[tuple[Node, Node]] = []
        for node, _ in (each for name in names for each in self._index.nodes("given", name)):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None:
                found.append((left, right))
        return found

    def pairs(self, *keys: str) -> list[tuple[Node, Node]]:
        """The pairs of object literals with these keys, and their values."""
        found = (pair for key in keys for pair in self._index.nodes("pair", key))
        values = ((pair, pair.child_by_field_name("value")) for pair, _ in found)
        return [(pair, value) for pair, value in values if value is not None]

    def makers(self, name: str) -> list[tuple[str, Node]]:
        """What binds a name, each with its kind, in the order of the text."""
        return [(what, node) for node, what in self._index.nodes("maker", name)]

    def conditions(self, word: str) -> list[Node]:
        """The conditions that have a text in them."""
        return [node for node, _ in self._index.nodes("condition", holding=word.encode())]

    def loops(self) -> list[Node]:
        """The loops over what something holds."""
        return [node for node, _ in self._index.nodes("loop")]

    @functools.cached_property
    def _index(self) -> Index:
        return Index(self.parsed, self.dialect)

    def _calls_of(self, name: str) -> list[Call]:
        known = self._calls.get(name)
        if known is None:
            nodes = self._index.nodes("call", name)
            known = self._calls[name] = [self._call(node, name) for node, _ in nodes]
        return known

    def _call(self, node: Node, name: str) -> Call:
        listed = node.child_by_field_name("arguments")
        arguments: tuple[Node, ...] = ()
        if listed is not None and listed.type == "arguments":
            arguments = tuple(
                child for child in listed.named_children if child.type not in ("comment", "ERROR")
            )
        return Call(node, name, _callee(node), arguments)

    def _offset(self, byte: int) -> int:
        at = self._raw_offset(byte) + self._shift
        return min(max(at, self._part.start), self._part.end)

    def _raw_offset(self, byte: int) -> int:
        return byte - bisect_left(self._continued, byte)

    @functools.cached_property
    def _continued(self) -> list[int]:
        """The bytes that go on with a character; as many are no characters of their own."""
        if len(self.data) == len(self._parsed):
            return []
        return [match.start() for match in _CONTINUATION.finditer(self.data)]


def _callee(call: Node) -> Node:
    """What is called; the call itself if that is not to be seen."""
    is_new = call.type == "new_expression"
    callee = call.child_by_field_name("constructor" if is_new else "function")
    if callee is not None and callee.type == "await_expression":
        # So the grammar reads `await pool.query<Row>(text)`.
        callee = callee.named_children[0]
    return callee or call
