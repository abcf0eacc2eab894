"""Framing: what a stream may look like, and what ends it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lsp_server.transport import MAX_MESSAGE_BYTES, FrameError, FrameReader
from tests.lsp_server.raw_client import Client, frame


@given(bodies=st.lists(st.binary(max_size=40)), cuts=st.lists(st.integers(1, 30)))
def test_bodies_come_out_whole_however_the_stream_is_cut(
    bodies: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(map(frame, bodies))
    reader = FrameReader()
    seen: list[bytes] = []
    for cut in cuts:
        seen += reader.feed(stream[:cut])
        stream = stream[cut:]
    seen += reader.feed(stream)
    assert seen == bodies


@pytest.mark.parametrize(
    "header",
    [
        b"content-length: 2",
        b"CONTENT-LENGTH:2",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 2",
        b"Content-Length:   2  ",
    ],
)
def test_a_header_may_be_written_in_many_ways(header: bytes) -> None:
    assert list(FrameReader().feed(header + b"\r\n\r\n{}")) == [b"{}"]


@pytest.mark.parametrize(
    "header",
    [
        b"POST / HTTP/1.1\r\nContent-Length: 2",
        b"GET /x:y HTTP/1.1\r\nContent-Length: 2",
        b"Content-Type: text/plain",
        b"Content-Length: -2",
        b"Content-Length: 2e1",
        b"Content-Length: " + b"9" * 30,
        b"Content-Length: %d" % (MAX_MESSAGE_BYTES + 1),
        b"X: " + b"y" * 9000,
    ],
)
def test_a_stream_that_is_no_protocol_of_ours_is_refused(header: bytes) -> None:
    with pytest.raises(FrameError):
        list(FrameReader().feed(header + b"\r\n\r\n{}"))


def test_a_header_without_an_end_is_not_collected_for_ever() -> None:
    with pytest.raises(FrameError, match="longer than"):
        list(FrameReader().feed(b"X" * 9000))


def test_a_client_that_writes_headers_in_lower_case_is_served() -> None:
    body = json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": "initialize",
         "params": {"processId": None, "rootUri": None, "capabilities": {}}}
    ).encode()  # fmt: skip
    with Client() as client:
        client.send_bytes(b"content-length: %d\r\n\r\n%s" % (len(body), body))
        assert client.answer(1)["result"]["serverInfo"]["name"] == "leadsman"


def test_a_broken_stream_ends_the_server_with_one_line() -> None:
    with Client() as client:
        client.send_bytes(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}")
        assert client.ended() == 1
        assert "a header line is not 'Name: value'" in client.stderr
        assert "Traceback" not in client.stderr
