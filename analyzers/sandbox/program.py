"""One running program and what it answers."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from analyzers.sandbox import values
from analyzers.sandbox.channel import Channel, WallClockOver
from analyzers.sandbox.child.candidate import NONCE_CHARS, UNASKED
from analyzers.sandbox.child.policy import EXIT_STATUS as CAUGHT_BY_HOOK
from analyzers.sandbox.errors import (
    BadAnswer,
    BlockedCall,
    OutOfMemory,
    ProgramDied,
    ProgramFailed,
    ProgramRaised,
    SandboxBroken,
    TimedOut,
)
from analyzers.sandbox.limits import Limits

_END_S = 5.0


class Program:
    """A program that has run its module and waits for calls. For one thread at a time.

    Leaving it as a context manager ends its process and all that it may have started.
    """

    def __init__(self, channel: Channel, limits: Limits, release: Callable[[], None]) -> None:
        """Made by `Sandbox.start`."""
        self._channel = channel
        self._limits = limits
        self._release = release
        self._is_ready = False
        self._is_closed = False
        self.failure: ProgramFailed | None = None
        """How the program ended, if it did so before it was closed."""
        self.cpu_s = 0.0
        """CPU time used, known once the program has ended."""

    def call(
        self, function: str, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Calls a function of the program's module and returns its plain value.

        A program that raised can be called again; one that failed otherwise is gone, and every
        later call raises the same.

        Raises:
            ProgramFailed: One of its kinds; see `errors`.
            ValueError: The arguments are no plain values within the bounds.
        """
        request = (function, args, dict(kwargs or {}))
        return self._ask(b"c", values.encode(request, max_bytes=self._limits.message_bytes))

    @property
    def stdout(self) -> bytes:
        """What the program has written so far, cut at its limit."""
        return self._channel.outputs()[0]

    @property
    def stderr(self) -> bytes:
        """What the program has written so far, cut at its limit."""
        return self._channel.outputs()[1]

    @property
    def violations(self) -> tuple[str, ...]:
        """What it tried that is forbidden; complete once the program is closed."""
        return (self.failure.what,) if isinstance(self.failure, BlockedCall) else ()

    def run_module(self, name: str, source: str) -> None:
        """Runs the module's source, once, as the first request."""
        body = values.encode((name, source), max_bytes=self._limits.message_bytes)
        self._ask(b"m", body)

    def _ask(self, kind: bytes, body: bytes) -> Any:
        if self.failure is not None:
            raise self.failure
        if self._is_closed:
            raise ValueError("the program is closed")
        nonce = secrets.token_hex(NONCE_CHARS // 2).encode()
        try:
            self._channel.send(nonce + kind + body)
            return self._read_answer(nonce)
        except ProgramRaised:
            raise
        except ProgramFailed as failure:
            self.failure = failure
            self.close()
            raise

    def _read_answer(self, nonce: bytes) -> Any:
        frame = self._next()
        if frame == UNASKED + b"R" and not self._is_ready:
            self._is_ready = True
            frame = self._next()
        if not self._is_ready or frame is None:
            raise self._cause_of_death(frame)
        if frame.startswith(UNASKED + b"B"):
            raise BlockedCall(frame[NONCE_CHARS + 1 :].decode(errors="replace"))
        if frame[:NONCE_CHARS] != nonce:
            raise BadAnswer("an answer that was not asked for")
        kind, body = frame[NONCE_CHARS:][:1], frame[NONCE_CHARS + 1 :]
        if kind == b"M":
            raise OutOfMemory(f"a MemoryError under {self._limits.memory_bytes} bytes")
        try:
            value = values.decode(body)
        except values.NotPlain as error:
            raise BadAnswer(str(error)) from None
        if kind == b"V":
            return value
        if kind == b"X" and type(value) is str:
            raise BadAnswer(value[:500])
        if kind == b"E" and type(value) is tuple and [type(part) for part in value] == [str, str]:
            raise ProgramRaised(value[0][:500], value[1][:500])
        raise BadAnswer("an answer of no known kind")

    def _next(self) -> bytes | None:
        try:
            return self._channel.wait()
        except WallClockOver:
            raise self._timed_out() from None

    def _timed_out(self) -> TimedOut:
        return TimedOut(f"no answer within {self._limits.wall_s:g} s")

    def _cause_of_death(self, frame: bytes | None) -> Exception:
        ending = self._channel.ending
        if frame is not None:
            return SandboxBroken("a program spoke before it was confined")
        return cause_of(
            ending, self._limits, is_ready=self._is_ready, words=self._channel.outputs()[1]
        )

    def close(self) -> None:
        """Ends the program. Safe to call again."""
        if self._is_closed:
            return
        self._is_closed = True
        ended_before = self._channel.ending is not None
        try:
            has_ended = self._channel.end(_END_S)
            ending = self._channel.ending or {}
            self.cpu_s = ending.get("cpu_s", 0.0)
            if self.failure is None and (ended_before or ending.get("why") != "asked"):
                self._note_late_failure(ending)
        finally:
            self._channel.close()
            self._release()
        if not has_ended:
            raise SandboxBroken("a program's supervisor did not answer")

    def _note_late_failure(self, ending: dict[str, Any]) -> None:
        cause = cause_of(ending, self._limits, is_ready=True)
        if isinstance(cause, ProgramFailed):
            self.failure = cause

    def __enter__(self) -> Self:
        """The program itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends the program."""
        self.close()


def cause_of(
    ending: dict[str, Any] | None, limits: Limits, *, is_ready: bool, words: bytes = b""
) -> Exception:
    """What a supervisor's word on a program's end means."""
    if not ending:
        return SandboxBroken("a program and its supervisor went without a word")
    how, code, why = ending["how"], ending["code"], ending["why"]
    if how == "not confined" or not is_ready:
        told = why or words.decode(errors="replace") or f"{how} {code}"
        return SandboxBroken(f"a program could not be confined: {told}")
    if why in ("time", "cpu"):
        return TimedOut(
            f"over {limits.cpu_s:g} s of CPU time"
            if why == "cpu" or ending["cpu_s"] >= limits.cpu_s
            else f"not done within {limits.wall_s:g} s"
        )
    if why == "scratch":
        return ProgramDied(f"its files took more than {limits.scratch_bytes} bytes")
    if how == "signal":
        if code == signal.SIGSYS:
            return BlockedCall("a system call (SIGSYS)")
        if code == signal.SIGKILL:
            return OutOfMemory("killed by the kernel")
        return ProgramDied(f"ended by signal {code} ({_signal_name(code)})")
    if code == CAUGHT_BY_HOOK:
        return BlockedCall("a call that the audit hook caught")
    return ProgramDied(f"ended with status {code} instead of answering")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
