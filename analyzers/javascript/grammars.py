"""The grammars of tree-sitter by LSP language, and queries compiled once for each."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import tree_sitter
import tree_sitter_javascript
import tree_sitter_typescript

Dialect = Literal["javascript", "typescript", "tsx"]
_DIALECTS: dict[str, Dialect] = {
    "javascript": "javascript",
    "javascriptreact": "javascript",
    "typescript": "typescript",
    "typescriptreact": "tsx",
}
_Value = TypeVar("_Value")


def dialect_of(language: str) -> Dialect:
    """The grammar for a language by its LSP identifier.

    Raises:
        ValueError: none of ours is for it.
    """
    dialect = _DIALECTS.get(language.strip().lower())
    if dialect is None:
        raise ValueError(f"no grammar for {language!r}; there are {', '.join(_DIALECTS)}")
    return dialect


@functools.cache
def grammar(dialect: Dialect) -> tree_sitter.Language:
    """The grammar, loaded once."""
    if dialect == "javascript":
        return tree_sitter.Language(tree_sitter_javascript.language())
    if dialect == "typescript":
        return tree_sitter.Language(tree_sitter_typescript.language_typescript())
    return tree_sitter.Language(tree_sitter_typescript.language_tsx())


@functools.cache
def query(dialect: Dialect, source: str) -> tree_sitter.Query:
    """A query for a grammar, compiled once. Source: tree-sitter's query syntax."""
    return tree_sitter.Query(grammar(dialect), source)


@dataclass(frozen=True, slots=True)
class Change:
    """Where a text differs from another, in bytes.

    Before `start` the two are alike, and behind `old_end` in the other and `new_end` in this one.
    """

    start: int
    old_end: int
    new_end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text in UTF-8 and its tree; text that is wrong has nodes that say so.

    like: a text that has no errors as this has none, which differs from it by `change` alone, and
        whose tree does.
    """

    data: bytes
    tree: tree_sitter.Tree
    like: Parsed | None = None
    change: Change | None = None
    _kept: dict[str, object] = field(default_factory=dict)

    def alone(self) -> Parsed:
        """The same text, like none."""
        return Parsed(self.data, self.tree)

    def kept(self, make: Callable[[Parsed], _Value]) -> _Value:
        """What is made of it once."""
        if "made" not in self._kept:
            self._kept["made"] = make(self)
        return self._kept["made"]  # type: ignore[return-value]


def parse(data: bytes, dialect: Dialect, like: Parsed | None = None) -> Parsed:
    """Parses a text, in a fraction of the time where it is like one that was parsed before.

    Of a text with errors the tree may be another one than without the text that it is like.
    """
    parser = tree_sitter.Parser(grammar(dialect))
    if like is None:
        return Parsed(data, parser.parse(data))
    if like.data == data:
        return like
    same = _common_bytes(data, like.data)
    ends = _common_end_bytes(data[same:], like.data[same:])
    old_end, new_end = len(like.data) - ends, len(data) - ends
    old = like.tree.copy()
    old.edit(
        start_byte=same,
        old_end_byte=old_end,
        new_end_byte=new_end,
        start_point=_point(data, same),
        old_end_point=_point(like.data, old_end),
        new_end_point=_point(data, new_end),
    )
    tree = parser.parse(data, old)
    if like.tree.root_node.has_error or tree.root_node.has_error:
        return Parsed(data, tree)
    changed = old.changed_ranges(tree)
    start = min([same, *(each.start_byte for each in changed)])
    end = max([new_end, *(each.end_byte for each in changed)])
    return Parsed(data, tree, like, Change(start, end - new_end + old_end, end))


def _common_bytes(one: bytes, other: bytes) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end_bytes(one: bytes, other: bytes) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def _point(data: bytes, at: int) -> tree_sitter.Point:
    return tree_sitter.Point(data.count(b"\n", 0, at), at - data.rfind(b"\n", 0, at) - 1)
