"""The server's text against a client's, edit by edit."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lsprotocol import types
from pygls.workspace import PositionCodec

from codegen.errors import LeadsmanError
from lsp_server.documents import Document, TextEdit
from lsp_server.positions import join_surrogates
from lsp_server.server import LeadsmanServer, create_server
from tests.lsp_server.edits import PIECES, Buffer
from tests.lsp_server.raw_client import Client

ENCODINGS = ("utf-8", "utf-16", "utf-32")
URI = "file:///edited.py"


class Session:
    """A server in this process that gets its notifications as bytes, like over the wire."""

    def __init__(self, encoding: str, text: str) -> None:
        def open_engine(*_: Any, **__: Any) -> Any:
            raise LeadsmanError("these tests generate nothing")

        self.server: LeadsmanServer = create_server(open_engine)
        self.server.protocol.set_writer(self)
        # A client that asks for diagnostics: without a loop none can be sent.
        capabilities = {
            "general": {"positionEncodings": [encoding]},
            "textDocument": {"diagnostic": {}},
        }
        params = {"processId": None, "rootUri": None, "capabilities": capabilities}
        self.send("initialize", params, id=1)
        item = {"uri": URI, "languageId": "python", "version": 0, "text": text}
        self.send("textDocument/didOpen", {"textDocument": item})

    def write(self, data: bytes) -> None:
        """Takes what the server says, and forgets it."""

    def close(self) -> None:
        """Nothing is open."""

    def send(self, method: str, params: Any, **more: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
        self.server.protocol.receive(json.dumps(message).encode())

    def change(self, *changes: Any) -> None:
        document = {"uri": URI, "version": 1}
        params = {"textDocument": document, "contentChanges": changes}
        self.send("textDocument/didChange", params)

    @property
    def document(self) -> Document:
        document = self.server.documents.find(URI)
        assert document is not None
        return document


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=2, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_thousand_random_edits_leave_both_sides_with_the_same_text(
    encoding: str, seed: int
) -> None:
    rng = random.Random(seed)
    start = "".join(rng.choices(PIECES, k=40))
    buffer, session = Buffer(start, encoding), Session(encoding, start)
    for step in range(1000):
        session.change(buffer.random_change(rng))
        if step % 50 == 0:
            assert session.document.source == buffer.text
    assert session.document.source == buffer.text


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=25, deadline=None)
@given(start=st.lists(st.sampled_from(PIECES)), seeds=st.lists(st.integers(0, 2**16), max_size=12))
def test_a_few_random_edits_leave_both_sides_with_the_same_text(
    encoding: str, start: list[str], seeds: list[int]
) -> None:
    buffer = Buffer("".join(start), encoding)
    session = Session(encoding, "".join(start))
    for seed in seeds:
        session.change(buffer.random_change(random.Random(seed)))
        assert session.document.source == buffer.text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_thousand_random_edits_over_the_wire_leave_both_sides_with_the_same_text(
    encoding: str,
) -> None:
    rng = random.Random(encoding)
    start = "".join(rng.choices(PIECES, k=40))
    buffer = Buffer(start, encoding)
    with Client() as client:
        result = client.initialize({"general": {"positionEncodings": [encoding]}})
        assert result["capabilities"]["positionEncoding"] == encoding
        client.open(URI, start)
        version = 0
        while version < 1000:
            group = [buffer.random_change(rng) for _ in range(rng.choice((1, 1, 5)))]
            version += len(group)
            client.change(URI, version, *group)
        assert client.text(URI) == buffer.text
        assert client.stop() == 0


@given(
    text=st.lists(st.sampled_from(PIECES)).map("".join),
    encoding=st.sampled_from(ENCODINGS),
    data=st.data(),
)
@settings(max_examples=100, deadline=None)
def test_an_offset_survives_the_way_to_the_client_and_back(
    text: str, encoding: str, data: st.DataObject
) -> None:
    document = Session(encoding, text).document
    offset = data.draw(st.integers(0, len(text)))
    position = document.position_at(offset)
    between_cr_and_lf = text[offset - 1 : offset] == "\r" and text[offset : offset + 1] == "\n"
    assert document.offset_at_position(position) == offset - between_cr_and_lf
    buffer = Buffer(text, encoding)
    begin, end = buffer.line_spans()[position.line]
    assert begin <= begin + position.character <= end + between_cr_and_lf


@pytest.mark.parametrize("separator", ["\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_only_line_feed_and_carriage_return_end_a_line(separator: str) -> None:
    session = Session("utf-16", f"a{separator}b\nc\rd\r\ne")
    assert session.document.lines == [f"a{separator}b\n", "c\r", "d\r\n", "e"]


@pytest.mark.parametrize(
    ("position", "offset"),
    [
        ((0, 99), 2),
        ((1, 0), 4),
        ((1, 1), 4),
        ((1, 2), 5),
        ((1, 3), 5),
        ((1, 5), 5),
        ((1, 6), 6),
        ((1, 99), 6),
        ((2, 0), 7),
        ((7, 3), 7),
    ],
)
def test_positions_are_clamped_to_the_line_the_text_and_the_character(
    position: tuple[int, int], offset: int
) -> None:
    # In line 1 the columns 1, 3, 4 and 5 lie inside characters.
    document = Session("utf-8", "ab\r\né\U0001f600\n").document
    assert document.offset_at_position(types.Position(*position)) == offset


def test_a_pair_sent_in_two_halves_becomes_one_character() -> None:
    session = Session("utf-16", "ab")
    place = {"line": 0, "character": 1}
    session.change({"range": {"start": place, "end": place}, "text": "\ud83d"})
    place = {"line": 0, "character": 2}
    session.change({"range": {"start": place, "end": place}, "text": "\ude00"})
    assert session.document.source == "a\U0001f600b"


def test_deleting_half_a_pair_leaves_the_other_half_as_the_client_has_it() -> None:
    session = Session("utf-16", "a\U0001f600b")
    start, end = {"line": 0, "character": 1}, {"line": 0, "character": 2}
    session.change({"range": {"start": start, "end": end}, "text": ""})
    assert session.document.source == "a\ude00b"


def test_a_reversed_range_means_the_same_as_the_right_way_round() -> None:
    session = Session("utf-16", "one\ntwo\n")
    start, end = {"line": 1, "character": 1}, {"line": 0, "character": 1}
    session.change({"range": {"start": start, "end": end}, "text": "-"})
    assert session.document.source == "o-wo\n"


def test_lines_and_text_are_made_once_per_revision() -> None:
    session = Session("utf-16", "x = 1\n" * 20_000)
    document = session.document
    assert document.source is document.source
    assert document.lines is document.lines
    untouched = document.lines[19_999]
    session.change({"range": {"start": {"line": 5, "character": 0},
                              "end": {"line": 5, "character": 1}}, "text": "y\nz"})  # fmt: skip
    assert document.lines[20_000] is untouched
    assert document.source.count("\n") == 20_001


def test_an_edit_that_cannot_be_read_drops_the_document_rather_than_keep_a_wrong_text() -> None:
    session = Session("utf-16", "x = 1\n")
    place = {"line": -1, "character": 0}
    session.change({"range": {"start": place, "end": place}, "text": "y"})
    assert session.server.documents.find(URI) is None


def test_a_document_that_was_never_opened_is_not_read_from_disk() -> None:
    session = Session("utf-16", "")
    assert session.server.documents.find("file:///etc/passwd") is None


def as_change(change: Any) -> types.TextDocumentContentChangeEvent:
    if "range" not in change:
        return types.TextDocumentContentChangeWholeDocument(change["text"])
    start, end = (types.Position(**change["range"][which]) for which in ("start", "end"))
    return types.TextDocumentContentChangePartial(types.Range(start, end), change["text"])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("seed", range(5))
def test_the_edits_that_were_noted_make_the_one_text_of_the_other(encoding: str, seed: int) -> None:
    rng = random.Random(seed)
    buffer = Buffer("s = 1\r\ndef f():\n    return 1\n", encoding)
    document = Document(URI, buffer.text, position_codec=PositionCodec(encoding))
    for _ in range(300):
        before = document.source
        document.apply_change(as_change(buffer.random_change(rng)))
        for edit in document.take_edits():
            before = before[: edit.start] + edit.text + before[edit.end :]
        assert join_surrogates(before) == document.source
    assert document.take_edits() == []


def test_a_whole_new_text_is_noted_as_the_little_that_changed() -> None:
    document = Document(URI, "one\ntwo\nthree\n")
    document.apply_change(as_change({"text": "one\n2\nthree\n"}))
    assert document.take_edits() == [TextEdit(4, 7, "2")]
