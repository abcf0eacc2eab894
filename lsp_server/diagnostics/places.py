"""Offsets of one state of a document as ranges of the client, many at once."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from lsprotocol import types

from analyzers.finding import Span
from lsp_server.documents import Document
from lsp_server.positions import count_units


class Places:
    """Good for as long as the document has the revision that it had."""

    def __init__(self, document: Document) -> None:
        self._lines = document.lines
        self._encoding = document.encoding
        self._starts = list(accumulate(map(len, document.lines[:-1]), initial=0))

    def position(self, offset: int) -> types.Position:
        """A code point offset as the client counts it."""
        row = max(bisect_right(self._starts, offset) - 1, 0)
        before = self._lines[row][: offset - self._starts[row]]
        return types.Position(row, count_units(before, self._encoding))

    def range(self, span: Span) -> types.Range:
        """A span as the client counts it."""
        return types.Range(self.position(span.start), self.position(span.end))
