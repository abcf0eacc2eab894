"""Runs functions on threads that may be given up: a check that hangs must not hang the session."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_Result = TypeVar("_Result")


class TooManyRunning(RuntimeError):
    """As many calls as may run at once are running, most likely some that never end."""


class BoundedThreads:
    """Starts each call on a daemon thread of its own, up to a number of them at once.

    Python cannot stop a thread. A call that takes too long is left to itself, and counts until it
    ends; when only such calls are left, no further one is begun.
    """

    def __init__(self, name: str, max_running: int) -> None:
        self._name = name
        self._free = threading.Semaphore(max_running)

    def start(self, function: Callable[[], _Result]) -> Future[_Result]:
        """Begins at once; the future holds the result or what was raised."""
        future: Future[_Result] = Future()
        # Whoever stops waiting cannot cancel it, so that it takes its result in any case.
        future.set_running_or_notify_cancel()
        if not self._free.acquire(blocking=False):
            future.set_exception(TooManyRunning("earlier calls have not ended"))
            return future

        def run() -> None:
            try:
                result = function()
            except BaseException as exc:  # noqa: BLE001 - It belongs to whoever waits.
                self._free.release()
                future.set_exception(exc)
            else:
                self._free.release()
                future.set_result(result)

        threading.Thread(target=run, name=self._name, daemon=True).start()
        return future
