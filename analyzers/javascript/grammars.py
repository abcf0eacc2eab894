"""The grammars of tree-sitter by LSP language, and queries compiled once for each."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Final, Literal

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
_LONGEST_WORD: Final = 40


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
class Parsed:
    """A text in UTF-8 and its tree; text that is wrong has nodes that say so.

    Of a text like one before, what that did not hold is looked for only where they differ.
    """

    data: bytes
    tree: tree_sitter.Tree
    _changed: bytes = b""
    _absent_before: frozenset[bytes] = frozenset()
    _absent: set[bytes] = field(default_factory=set)

    def holds(self, word: bytes) -> bool:
        """Whether the text has a word."""
        if word in self._absent:
            return False
        was_absent = word in self._absent_before and len(word) <= _LONGEST_WORD
        is_there = word in (self._changed if was_absent else self.data)
        if not is_there:
            self._absent.add(word)
        return is_there

    def like_this(self, data: bytes, tree: tree_sitter.Tree, same: int, end: int) -> Parsed:
        """Another text, which differs between these bytes of it alone."""
        changed = data[max(same - _LONGEST_WORD, 0) : end + _LONGEST_WORD]
        return Parsed(data, tree, changed, frozenset(self._absent))


def parse(data: bytes, dialect: Dialect, like: Parsed | None = None) -> Parsed:
    """Parses a text, in a fraction of the time where it is like one that was parsed before."""
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
    return like.like_this(data, parser.parse(data, old), same, new_end)


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
