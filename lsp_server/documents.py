"""Open documents: the client's text, kept equal to it edit by edit.

Inside, positions are offsets in code points; `Document` converts at the border. pygls's own
document takes form feed, U+2028 and others for line ends, which the protocol does not, and splits
the whole text anew on every access; ours keeps a list of lines and replaces only those touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from lsprotocol.types import (
    Position,
    Range,
    TextDocumentContentChangeEvent,
    TextDocumentContentChangePartial,
)
from pygls.workspace import PositionCodec, TextDocument, Workspace

from lsp_server.positions import (
    code_points_before,
    count_units,
    join_surrogates,
    leading_half,
    split_at,
    split_lines,
)

_BEYOND = 2**31


@dataclass(frozen=True, slots=True)
class TextEdit:
    """`text` came in place of the code points from `start` to `end` of the text before."""

    start: int
    end: int
    text: str


class Document(TextDocument):
    """One open text. `revision` grows with each edit, whatever the client does with versions.

    n_edits_unasked: changes since the client last asked for a completion of its own accord.
    """

    def __init__(
        self,
        uri: str,
        source: str,
        version: int | None = None,
        language_id: str | None = None,
        position_codec: PositionCodec | None = None,
    ) -> None:
        super().__init__(uri, source, version, language_id, position_codec=position_codec)
        self.revision = 0
        self.n_edits_unasked = 1_000_000
        self._lines = split_lines(join_surrogates(source))
        self._text: str | None = None
        self._edits: list[TextEdit] = []

    @property
    def source(self) -> str:
        """The whole text, joined once per revision."""
        if self._text is None:
            self._text = "".join(self._lines)
        return self._text

    @property
    def lines(self) -> Sequence[str]:
        """Lines with their ends; the last has none and may be empty. Not to be changed."""
        return self._lines

    def apply_change(self, change: TextDocumentContentChangeEvent) -> None:
        """Applies one change of a `textDocument/didChange`."""
        self.revision += 1
        if isinstance(change, TextDocumentContentChangePartial):
            self._replace(change.range, change.text)
        else:
            before, text = self.source, join_surrogates(change.text)
            self._edits.append(_difference(before, text))
            self._lines = split_lines(text)
            self._text = None

    @property
    def new_edits(self) -> Sequence[TextEdit]:
        """What `take_edits` would return."""
        return tuple(self._edits)

    def take_edits(self) -> list[TextEdit]:
        """What was edited since this was last called, in order."""
        edits, self._edits = self._edits, []
        return edits

    def offset_at_position(self, client_position: Position) -> int:
        """The code points before a client's position, which is clamped to the text."""
        row, units = self._clamped(client_position)
        column = code_points_before(self._lines[row], units, self.encoding)
        return sum(map(len, self._lines[:row])) + column

    def position_at(self, offset: int) -> Position:
        """A code point offset as the client counts it."""
        row = 0
        while row < len(self._lines) - 1 and offset >= len(self._lines[row]):
            offset -= len(self._lines[row])
            row += 1
        return Position(row, count_units(self._lines[row][:offset], self.encoding))

    @property
    def encoding(self) -> str:
        """In which units the client counts columns."""
        return str(getattr(self.position_codec.encoding, "value", self.position_codec.encoding))

    def _clamped(self, position: Position) -> tuple[int, int]:
        if position.line >= len(self._lines):
            return len(self._lines) - 1, _BEYOND
        return position.line, position.character

    def _replace(self, replaced: Range, text: str) -> None:
        start, end = sorted((self._clamped(replaced.start), self._clamped(replaced.end)))
        first, last = start[0], end[0]
        head, _ = split_at(self._lines[first], start[1], self.encoding)
        _, tail = split_at(self._lines[last], end[1], self.encoding)
        first_offset = sum(map(len, self._lines[:first]))
        last_offset = first_offset + sum(map(len, self._lines[first : last + 1]))
        # Half a character beside the edit may become a whole one by it, or have been one before.
        left, right = leading_half(head[::-1]), leading_half(tail)
        self._edits.append(
            TextEdit(
                first_offset + len(head) - len(left),
                last_offset - len(tail) + len(right),
                join_surrogates(left + text + right),
            )
        )
        if first > 0 and self._lines[first - 1].endswith("\r"):
            # A line feed that now follows that carriage return makes one line end of the two.
            first -= 1
            head = self._lines[first] + head
        new_lines = split_lines(join_surrogates(head + text + tail))
        if last < len(self._lines) - 1:
            # The tail keeps its line end, so that nothing is left after it.
            new_lines.pop()
        self._lines[first : last + 1] = new_lines
        self._text = None


def _difference(before: str, after: str) -> TextEdit:
    """The smallest single edit that makes the one text of the other."""
    start = _n_common(before, after)
    end = _n_common(before[start:][::-1], after[start:][::-1])
    return TextEdit(start, len(before) - end, after[start : len(after) - end])


def _n_common(a: str, b: str) -> int:
    """How many characters two texts share at their beginning."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class DocumentWorkspace(Workspace):
    """pygls's workspace with our documents."""

    def find(self, uri: str) -> Document | None:
        """The open document, or none: a file that the client never opened is not read from disk."""
        document = self.text_documents.get(unquote(uri))
        return document if isinstance(document, Document) else None

    def opened(self) -> list[Document]:
        """All open documents."""
        return [one for one in self.text_documents.values() if isinstance(one, Document)]

    def _create_text_document(
        self,
        doc_uri: str,
        source: str | None = None,
        version: int | None = None,
        language_id: str | None = None,
    ) -> TextDocument:
        return Document(doc_uri, source or "", version, language_id, self.position_codec)
