"""Runs a downloader as a child process: watched, cancellable, and never outliving its purpose.

A process of its own keeps the downloader's imports, retries and blocking name look-ups out of
ours: a pull is cancelled, and an unreachable source given up, by ending the child.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from codegen.engine import CancelToken
from codegen.errors import DownloadError

_TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class Watch:
    """Ends the child once it takes `limit_s` or `measure` stands still for `stall_s`.

    measure: the bytes that the child has fetched so far; called at every tick.
    """

    cancel: CancelToken
    limit_s: float | None = None
    stall_s: float | None = None
    measure: Callable[[], int] = lambda: 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a child ended and what it said."""

    code: int
    stdout: str
    stderr: str


def run_child(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], watch: Watch
) -> Outcome:
    """Runs this Python with `arguments` in `folder`.

    `-P` keeps the working folder off the child's import path, so that a folder called `pip` or
    `huggingface_hub` in it is not run.

    Raises:
        Cancelled: `watch.cancel` was set; the child is gone by then.
        DownloadError: a limit of `watch` was reached; the child is gone by then.
    """
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [sys.executable, "-P", *arguments],
            cwd=folder,
            env=dict(environment),
            # Our end of this pipe closes even when we are killed, which the child may watch for.
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
        )
        try:
            _wait(process, watch)
        finally:
            process.kill()
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
        return Outcome(process.returncode, _text(stdout), _text(stderr))


def _wait(process: subprocess.Popen[bytes], watch: Watch) -> None:
    started = moved = time.monotonic()
    last = -1
    while process.poll() is None:
        try:
            process.wait(_TICK_S)
        except subprocess.TimeoutExpired:
            watch.cancel.check()
        now = time.monotonic()
        if (measured := watch.measure()) != last:
            last, moved = measured, now
        if watch.limit_s is not None and now - started > watch.limit_s:
            raise DownloadError(f"no answer within {watch.limit_s:.0f} s")
        if watch.stall_s is not None and now - moved > watch.stall_s:
            raise DownloadError(f"nothing more came for {watch.stall_s:.0f} s")


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    text = file.read().decode("utf-8", "replace")
    # Servers have a say in it and it may be shown on a terminal.
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)
