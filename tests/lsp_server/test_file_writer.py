"""Clients that do not read what they are told."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import pytest

import lsp_server.file_writer
from lsp_server.file_writer import FileWriter
from lsp_server.transport import Session
from tests.lsp_server.raw_client import PATIENCE_S, SERVER, Json, environment, frame

PIPE_BYTES = 1 << 20


class Chunks(Session):
    """A session of which only the end is looked at."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    def put(self, chunk: bytes) -> None:
        """Notes the end."""
        assert chunk == b""
        self.ended.set()


def message(method: str, **more: object) -> bytes:
    return frame(json.dumps({"jsonrpc": "2.0", "method": method, **more}).encode())


def test_the_end_of_stdin_ends_a_server_whose_answers_nobody_reads() -> None:
    with subprocess.Popen(
        [sys.executable, "-P", str(SERVER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
    ) as process:
        assert process.stdin is not None
        params: Json = {"processId": None, "rootUri": None, "capabilities": {}}
        process.stdin.write(message("initialize", id=0, params=params))
        process.stdin.write(message("initialized", params={}))
        for i in range(1, 6000):
            process.stdin.write(message("leadsman/status", id=i))
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 1


async def test_messages_are_written_whole_and_in_order() -> None:
    read_fd, write_fd = os.pipe()
    with os.fdopen(write_fd, "wb", buffering=0) as file, os.fdopen(read_fd, "rb") as reader:
        writer = FileWriter(file, Chunks())
        sent = [bytes([i]) * (PIPE_BYTES // 16) for i in range(32)]
        for data in sent:
            writer.write(data)
        whole = b"".join(sent)
        assert await asyncio.to_thread(reader.read, len(whole)) == whole
        writer.close(PATIENCE_S)
        writer.write(b"too late")
    assert not writer._thread.is_alive()


async def test_a_reader_that_hung_up_ends_the_session() -> None:
    read_fd, write_fd = os.pipe()
    os.close(read_fd)
    with os.fdopen(write_fd, "wb", buffering=0) as file:
        session = Chunks()
        writer = FileWriter(file, session)
        writer.write(b"hello")
        await asyncio.wait_for(session.ended.wait(), PATIENCE_S)
        writer.write(b"nobody hears this")
        writer.close(PATIENCE_S)


async def test_too_much_unread_ends_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lsp_server.file_writer, "MAX_UNREAD_BYTES", 100)
    read_fd, write_fd = os.pipe()
    with os.fdopen(write_fd, "wb", buffering=0) as file, os.fdopen(read_fd, "rb") as reader:
        session = Chunks()
        writer = FileWriter(file, session)
        writer.write(b"a" * 100)
        assert not session.ended.is_set()
        assert await asyncio.to_thread(reader.read, 100)
        while writer._unread_bytes:
            await asyncio.sleep(0)
        writer.write(b"b" * 60)
        writer.write(b"c" * 41)
        assert session.ended.is_set()
        writer.close(PATIENCE_S)
