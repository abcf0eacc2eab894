"""Writes to the client on a thread of its own, so that one that does not read holds up nothing.

A pipe that nobody empties blocks whoever writes to it. On the event loop that would also keep the
end of stdin, a cancel or the death of the editor from being seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from typing import BinaryIO

from lsp_server.transport import Session

logger = logging.getLogger(__name__)

# A client that leaves so much unread will not read it any more.
MAX_UNREAD_BYTES = 64 * 1024 * 1024
# How long the client may take to read what was said last.
FAREWELL_S = 1.0


class FileWriter:
    """What pygls writes to; unbuffered, so that a message is one write.

    Once the client is gone there is nobody to tell, so that what is still said is dropped. Every
    method is called on the event loop's thread.
    """

    def __init__(self, file: BinaryIO, session: Session) -> None:
        self._file = file
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._messages: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._unread_bytes = 0
        self._is_open = True
        self._thread = threading.Thread(target=self._work, name="leadsman-stdout", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Hands all of `data` to the thread; a client that reads nothing ends the session."""
        if not self._is_open:
            return
        self._unread_bytes += len(data)
        if self._unread_bytes > MAX_UNREAD_BYTES:
            logger.error("the client left %d bytes unread; the session ends", self._unread_bytes)
            self._hang_up()
            return
        self._messages.put(data)

    def close(self, timeout_s: float = FAREWELL_S) -> None:
        """Waits a little for the client to read the rest; the file belongs to the process."""
        self._is_open = False
        self._messages.put(None)
        self._thread.join(timeout_s)

    def _work(self) -> None:
        while (data := self._messages.get()) is not None:
            try:
                view = memoryview(data)
                while view:
                    view = view[self._file.write(view) :]
            except (OSError, ValueError):  # A file that was closed under us is a ValueError.
                self._post_hang_up()
                return
            self._post_written(len(data))

    def _post_written(self, size: int) -> None:
        with contextlib.suppress(RuntimeError):  # The session has ended and its loop is closed.
            self._loop.call_soon_threadsafe(self._written, size)

    def _post_hang_up(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._hang_up)

    def _written(self, size: int) -> None:
        self._unread_bytes -= size

    def _hang_up(self) -> None:
        self._is_open = False
        self._session.put(b"")
