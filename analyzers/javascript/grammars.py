"""The grammars of tree-sitter by LSP language, and queries compiled once for each."""

from __future__ import annotations

import functools
from typing import Literal

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


def parse(data: bytes, dialect: Dialect) -> tree_sitter.Tree:
    """The tree of a text in UTF-8; text that is wrong has nodes that say so."""
    return tree_sitter.Parser(grammar(dialect)).parse(data)
