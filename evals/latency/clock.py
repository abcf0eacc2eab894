"""The replay's clock and the inbox that it waits at."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Any, Protocol

Message = dict[str, Any]


class Inbox:
    """What the server says, each message with the time at which it was read."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._messages: queue.SimpleQueue[tuple[float, Message]] = queue.SimpleQueue()

    def put(self, message: Message) -> None:
        """Takes a message, on any thread."""
        self._messages.put((self._now(), message))

    def get(self, timeout_s: float) -> tuple[float, Message] | None:
        """The next message with its time; none when none comes in time."""
        try:
            return self._messages.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            return None


class Clock(Protocol):
    """Tests put another in place of the real one."""

    def now(self) -> float:
        """Seconds from an arbitrary start; called on any thread."""
        ...

    def wait(self, inbox: Inbox, until_s: float, n_unanswered: int) -> tuple[float, Message] | None:
        """The next message, or none once it is `until_s`."""
        ...


class RealClock:
    """Wall time. A virtual one would say nothing about latency."""

    def now(self) -> float:
        """Seconds of the performance counter."""
        return time.perf_counter()

    def wait(self, inbox: Inbox, until_s: float, n_unanswered: int) -> tuple[float, Message] | None:
        """Sleeps until a message comes or the time has come."""
        return inbox.get(until_s - self.now())
