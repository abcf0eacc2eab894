# mypy: ignore-errors
# ruff: noqa
"""A room for text, over TCP."""

import asyncio
import contextlib
import html

ROOM = set()


async def serve(reader, writer):
    ROOM.add(writer)
    try:
        while line := await reader.readline():
            text = html.escape(line.decode(errors="replace").strip())
            for other in ROOM - {writer}:
                other.write(f"{text}\n".encode())
                with contextlib.suppress(ConnectionError):
                    await other.drain()
    finally:
        ROOM.discard(writer)
        try:
            writer.close()
            await writer.wait_closed()
        except Exception:
            pass


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 7000)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
