"""Ends the session when the editor's process is gone, as the specification asks."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable

logger = logging.getLogger(__name__)

_POLL_S = 5.0


def watch_process(pid: int, on_death: Callable[[], None]) -> None:
    """Calls `on_death` on the running loop once the process has ended.

    A process that cannot be seen now is not watched: the client that just spoke to us is alive,
    so its id is one of another container or machine. The end of the stream still ends the session.
    """
    loop = asyncio.get_running_loop()
    if hasattr(os, "pidfd_open"):
        try:
            fd = os.pidfd_open(pid)
        except (OSError, OverflowError) as exc:
            logger.info("process %d cannot be watched: %s", pid, exc)
            return

        def died() -> None:
            loop.remove_reader(fd)
            os.close(fd)
            on_death()

        loop.add_reader(fd, died)
    elif sys.platform != "win32" and _is_alive(pid):
        # On Windows a signal 0 would end the process; there the end of the stream has to do.
        def poll() -> None:
            if _is_alive(pid):
                loop.call_later(_POLL_S, poll)
            else:
                on_death()

        poll()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
