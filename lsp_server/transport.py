"""Bytes to messages and back: stdio for editors, a loopback socket for debugging.

pygls reads stdin on the thread pool of its handlers, which delays every message behind slow
handlers and the end of the process behind all of them. Here one daemon thread reads, another
writes (`lsp_server.file_writer`) and the event loop does the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import threading
from collections.abc import Iterator

from codegen.errors import LeadsmanError
from lsp_server.protocol import LeadsmanProtocol

logger = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 256 * 1024 * 1024
_MAX_HEADER_BYTES = 8192
_READ_BYTES = 65536
_HEADER_LINE = re.compile(rb"([A-Za-z-]+):[ \t]*(.*?)[ \t]*")


class FrameError(LeadsmanError):
    """The stream is not `Content-Length` framed; nothing after this point can be read."""


class FrameReader:
    """Cuts a byte stream into message bodies. Header names may have any case."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._body_bytes: int | None = None

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Yields the bodies that are complete with this chunk; raises FrameError."""
        self._buffer += chunk
        while True:
            if self._body_bytes is None:
                end = self._buffer.find(b"\r\n\r\n")
                if max(end, len(self._buffer) if end < 0 else 0) > _MAX_HEADER_BYTES:
                    raise FrameError(f"a header is longer than {_MAX_HEADER_BYTES} bytes")
                if end < 0:
                    return
                self._body_bytes = _content_length(bytes(self._buffer[:end]))
                del self._buffer[: end + 4]
            if len(self._buffer) < self._body_bytes:
                return
            body = bytes(self._buffer[: self._body_bytes])
            del self._buffer[: self._body_bytes]
            self._body_bytes = None
            yield body


def _content_length(header: bytes) -> int:
    length = None
    for line in header.split(b"\r\n"):
        # A browser that a web page sends to the debugging port begins with "POST / HTTP/1.1".
        match = _HEADER_LINE.fullmatch(line)
        if match is None:
            raise FrameError("a header line is not 'Name: value'")
        if match[1].lower() == b"content-length":
            length = match[2]
    if length is None or not re.fullmatch(rb"[0-9]{1,12}", length):
        raise FrameError("a header has no usable Content-Length")
    if int(length) > MAX_MESSAGE_BYTES:
        raise FrameError(f"a message has {int(length)} bytes; the limit is {MAX_MESSAGE_BYTES}")
    return int(length)


class Session:
    """Feeds one client's bytes to the protocol until it says `exit`, hangs up or dies."""

    def __init__(self, protocol: LeadsmanProtocol) -> None:
        self._protocol = protocol
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()

    def put(self, chunk: bytes) -> None:
        """Adds bytes from the client; none at all means that nothing more will come."""
        self._chunks.put_nowait(chunk)

    async def run(self) -> int:
        """Returns the exit code: 0 after `shutdown`, else 1."""
        reader = FrameReader()
        try:
            while chunk := await self._chunks.get():
                for body in reader.feed(chunk):
                    self._protocol.receive(body)
                    # Lets the handler of this message take its snapshot of the document before
                    # the next message may change it.
                    await asyncio.sleep(0)
                    if self._protocol.exit_code is not None:
                        return self._protocol.exit_code
        except FrameError as exc:
            logger.error("%s; the session ends", exc)
        return 0 if self._protocol.is_shut_down else 1


def read_into(session: Session, fd: int) -> None:
    """Starts the thread that reads `fd` to its end."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        chunk = b"-"
        while chunk:
            try:
                chunk = os.read(fd, _READ_BYTES)
            except OSError:
                chunk = b""
            with contextlib.suppress(RuntimeError):  # The loop was closed before the client.
                loop.call_soon_threadsafe(session.put, chunk)

    threading.Thread(target=read, name="leadsman-stdin", daemon=True).start()
