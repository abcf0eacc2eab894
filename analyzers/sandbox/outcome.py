"""How a whole program went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from analyzers.sandbox import values
from analyzers.sandbox.channel import Channel, WallClockOver
from analyzers.sandbox.child.candidate import UNASKED
from analyzers.sandbox.errors import BadAnswer, ProgramFailed, SandboxBroken, TimedOut
from analyzers.sandbox.limits import Limits
from analyzers.sandbox.program import cause_of

_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program wrote and how it ended."""

    exit_status: int | None
    """Its own, or None if it was ended."""
    failure: ProgramFailed | None
    """Why it was ended: a limit, a blocked call, a signal. None if it ended by itself."""
    stdout: bytes
    """Cut at the limit."""
    stderr: bytes
    """Cut at the limit."""
    cpu_s: float


def run_to_end(
    request: tuple[Any, ...], channel: Channel, limits: Limits, release: Callable[[], None]
) -> Outcome:
    """Sends a whole program and waits for its end.

    Raises:
        SandboxBroken: The sandbox itself failed.
        ValueError: The program is too large for the limits.
    """
    failure: ProgramFailed | None = None
    is_ready = False
    try:
        channel.send(values.encode(request, max_bytes=limits.message_bytes))
        try:
            is_ready = channel.wait() == UNASKED + b"R"
            channel.wait(for_end=True)
        except WallClockOver:
            failure = TimedOut(f"not done within {limits.wall_s:g} s")
        except BadAnswer as error:
            failure = error
        if not channel.end(_END_S):
            raise SandboxBroken("a program's supervisor did not answer")
        ending = channel.ending or {}
        out, err = channel.outputs()
    finally:
        channel.close()
        release()
    has_exited = failure is None and is_ready and ending.get("how") == "exit"
    if failure is None and not (has_exited and not ending["why"]):
        cause = cause_of(ending, limits, is_ready=is_ready, words=err)
        if not isinstance(cause, ProgramFailed):
            raise cause
        failure, has_exited = cause, False
    return Outcome(
        ending["code"] if has_exited else None, failure, out, err, ending.get("cpu_s", 0.0)
    )
