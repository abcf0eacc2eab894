"""Contexts for tests, from a document with its cursor marked."""

from __future__ import annotations

from lsp_server.completion.context import Context, read_context
from lsp_server.completion.query import CompletionQuery


def context_at(document: str, language: str = "python") -> Context:
    """What stands around the ‸ of the document."""
    before, cursor, after = document.partition("‸")
    assert cursor
    return read_context(CompletionQuery(before + after, len(before), language))
