"""Runs one session of a server over stdio or over one connection to a loopback socket."""

from __future__ import annotations

import asyncio
import logging
import os

from lsp_server.file_writer import FileWriter
from lsp_server.server import LeadsmanServer
from lsp_server.transport import Session, read_into

logger = logging.getLogger(__name__)

_READ_BYTES = 65536


async def serve_stdio(server: LeadsmanServer, in_fd: int, out_fd: int) -> int:
    """Talks to the process that started us; returns the exit code."""
    with os.fdopen(out_fd, "wb", buffering=0, closefd=False) as file:
        session = Session(server.protocol)
        server.on_parent_death = lambda: session.put(b"")
        writer = FileWriter(file, session)
        server.protocol.set_writer(writer)
        read_into(session, in_fd)
        code = await session.run()
        writer.close()
        return code


async def serve_tcp(server: LeadsmanServer, host: str, port: int) -> int:
    """Waits for one client, talks to it and returns the exit code."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    is_taken = False

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal is_taken
        if is_taken:
            writer.close()
            return
        is_taken = True
        session = Session(server.protocol)
        server.on_parent_death = lambda: session.put(b"")
        server.protocol.set_writer(writer)
        pump = asyncio.ensure_future(_pump(reader, session))
        code = await session.run()
        pump.cancel()
        writer.close()
        if not ended.done():
            ended.set_result(code)

    listener = await asyncio.start_server(connected, host, port)
    async with listener:
        logger.info("listening on %s:%d", *listener.sockets[0].getsockname()[:2])
        return await ended


async def _pump(reader: asyncio.StreamReader, session: Session) -> None:
    try:
        while chunk := await reader.read(_READ_BYTES):
            session.put(chunk)
    except ConnectionError:
        pass
    session.put(b"")
