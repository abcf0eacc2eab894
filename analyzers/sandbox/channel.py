"""The parent's end of a running program: frames out and in, output kept, all under one clock."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from typing import Any

from analyzers.sandbox.errors import BadAnswer
from analyzers.sandbox.limits import Limits

HEADER_BYTES = 4
_READ_BYTES = 1 << 16
_FRAME_OVERHEAD_BYTES = 64


class WallClockOver(Exception):
    """The program's time is up; raised by `Channel.wait` alone and handled by its caller."""


class Channel:
    """Pipes to one program and a socket to its supervisor. Not thread-safe."""

    def __init__(self, limits: Limits, stdin: int) -> None:
        """Opens all descriptors; `theirs` are the ones for the child, to be closed after it."""
        self._limits = limits
        self._deadline = time.monotonic() + limits.wall_s
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        stdout, theirs_stdout = os.pipe()
        stderr, theirs_stderr = os.pipe()
        self._status, theirs_status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.theirs = [
            requests, answers, stdin, theirs_stdout, theirs_stderr, theirs_status.detach(),
        ]  # fmt: skip
        self._outputs = {stdout: bytearray(), stderr: bytearray()}
        self._order = (stdout, stderr)
        for descriptor in (self._requests, self._answers, *self._order, self._status.fileno()):
            os.set_blocking(descriptor, False)
        self._poll = select.poll()
        self._open = {self._answers, *self._order, self._status.fileno()}
        for descriptor in self._open:
            self._poll.register(descriptor, select.POLLIN)
        self._to_send = bytearray()
        self._received = bytearray()
        self.ending: dict[str, Any] | None = None
        """What the supervisor said of the program's end; empty if it went without a word."""

    def outputs(self) -> tuple[bytes, bytes]:
        """Standard output and standard error so far, cut at their limit."""
        out, err = (bytes(self._outputs[descriptor]) for descriptor in self._order)
        return out, err

    def close_theirs(self) -> None:
        """Closes the child's ends, once it has them."""
        for descriptor in self.theirs:
            os.close(descriptor)
        self.theirs = []

    def send(self, payload: bytes) -> None:
        """Queues a frame; `wait` sends it."""
        self._to_send += len(payload).to_bytes(HEADER_BYTES, "big") + payload
        self._poll.register(self._requests, select.POLLOUT)

    def wait(self, *, for_end: bool = False) -> bytes | None:
        """The next frame, or None once the program has ended (and, `for_end`, only then).

        Raises:
            WallClockOver: The program's time is up.
            BadAnswer: A frame is longer than the limit.
        """
        while True:
            if not for_end and (frame := self._next_frame()) is not None:
                return frame
            if self.ending is not None and self._status.fileno() == -1:
                return None
            left_s = self._deadline - time.monotonic()
            if left_s <= 0:
                raise WallClockOver
            self._turn(left_s)

    def leftover(self) -> bytes | None:
        """A whole frame among what has been received, if there is one."""
        with contextlib.suppress(BadAnswer):
            return self._next_frame()
        return None

    def end(self, within_s: float) -> bool:
        """Asks the supervisor to end the program and waits for its word. False if none came."""
        if self._status.fileno() != -1:
            with contextlib.suppress(OSError):
                self._status.send(b"end")
        deadline = time.monotonic() + within_s
        while self.ending is None:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self._turn(left_s)
        return True

    def close(self) -> None:
        """Closes everything."""
        self.close_theirs()
        self._status.close()
        for descriptor in (self._requests, self._answers, *self._order):
            os.close(descriptor)

    def _turn(self, left_s: float) -> None:
        """Waits for something to happen and deals with all of it."""
        events = self._poll.poll(max(1, int(left_s * 1000)))
        # The status comes last, so that what was written before the end is read before it.
        status = self._status.fileno()
        for descriptor, _ in sorted(events, key=lambda event: event[0] == status):
            if descriptor == self._requests:
                self._push()
            elif descriptor == status:
                self._take_status()
            else:
                self._take(descriptor)

    def _push(self) -> None:
        try:
            sent = os.write(self._requests, self._to_send[: 1 << 20])
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._to_send.clear()
        else:
            del self._to_send[:sent]
        if not self._to_send:
            self._poll.unregister(self._requests)

    def _take(self, descriptor: int) -> bool:
        """Reads once; false at the end or when there is nothing now."""
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._poll.unregister(descriptor)
            self._open.discard(descriptor)
            return False
        if descriptor == self._answers:
            if len(self._received) <= self._limits.message_bytes + 2 * _READ_BYTES:
                self._received += data
        else:
            kept = self._outputs[descriptor]
            kept += data[: self._limits.output_bytes - len(kept)]
        return True

    def _take_status(self) -> None:
        try:
            data = self._status.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.ending = json.loads(data) if data else (self.ending or {})
        self._poll.unregister(self._status)
        self._open.discard(self._status.fileno())
        # The program is gone, so what it has written is in the pipes, and no more will come but
        # from a writer that holds one of them in a sandbox without a pid namespace.
        budget = self._limits.message_bytes + 4 * _READ_BYTES
        for descriptor in list(self._open):
            while budget > 0 and self._take(descriptor):
                budget -= _READ_BYTES
        self._status.close()

    def _next_frame(self) -> bytes | None:
        if len(self._received) < HEADER_BYTES:
            return None
        size = int.from_bytes(self._received[:HEADER_BYTES], "big")
        if size > self._limits.message_bytes + _FRAME_OVERHEAD_BYTES:
            raise BadAnswer(f"an answer of {size} bytes, over {self._limits.message_bytes}")
        if len(self._received) < HEADER_BYTES + size:
            return None
        frame = bytes(self._received[HEADER_BYTES : HEADER_BYTES + size])
        del self._received[: HEADER_BYTES + size]
        return frame
