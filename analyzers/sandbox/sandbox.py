"""Runs untrusted Python: one warm zygote, one confined process for each program."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from analyzers.sandbox.channel import Channel
from analyzers.sandbox.errors import SandboxBroken, SandboxError
from analyzers.sandbox.limits import Limits
from analyzers.sandbox.outcome import Outcome, run_to_end
from analyzers.sandbox.program import Program
from analyzers.sandbox.report import SandboxReport
from analyzers.sandbox.zygote import Zygote


class Sandbox:
    """A context manager that starts programs, from any number of threads."""

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        readable: Sequence[str | os.PathLike[str]] = (),
        importable: Sequence[str | os.PathLike[str]] = (),
        without: frozenset[str] = frozenset(),
    ) -> None:
        """Starts the zygote and finds out what confines programs here.

        Args:
            limits: For programs that bring none of their own.
            readable: Further files and directories to show, read-only, to every program.
            importable: Directories of packages to show and to put on the path of `run`.
            without: Mechanisms to do without: "namespaces", "landlock", "seccomp",
                "no capabilities". For tests of the weaker forms.

        Raises:
            SandboxUnavailable: Not even resource limits work on this machine.
        """
        self._limits = limits or Limits()
        self._importable = [os.path.realpath(path) for path in importable]
        self._readable = [os.path.realpath(path) for path in readable] + self._importable
        self._without = without
        self._lock = threading.Lock()
        self._is_closed = False
        self._zygote = Zygote(self._limits, self._readable, without)

    @property
    def report(self) -> SandboxReport:
        """The mechanisms in force."""
        return self._zygote.report

    def start(
        self, source: str, *, name: str = "candidate", limits: Limits | None = None
    ) -> Program:
        """Runs a module's source in a process of its own, which then waits for calls.

        Raises:
            ProgramFailed: The module did not load; the process is gone.
            SandboxBroken: The sandbox itself failed.
        """
        limits = limits or self._limits
        program = Program(*self._open("module", limits, b""))
        try:
            program.run_module(name, source)
        except BaseException:
            program.close()
            raise
        return program

    def run(
        self,
        source: str,
        *,
        stdin: bytes = b"",
        argv: Sequence[str] = (),
        files: Mapping[str, bytes] | None = None,
        limits: Limits | None = None,
    ) -> Outcome:
        """Runs a source as a whole program to its end. Its audit hook is off, see `policy`.

        Args:
            source: The text of the program, run as `__main__`.
            stdin: What it can read.
            argv: Its arguments, without its own name.
            files: What lies in its working directory, by relative path.
            limits: Its limits, if not the sandbox's.
        """
        limits = limits or self._limits
        request = (source, list(argv), dict(files or {}), self._importable)
        return run_to_end(request, *self._open("main", limits, stdin))

    def _open(
        self, mode: str, limits: Limits, stdin: bytes
    ) -> tuple[Channel, Limits, Callable[[], None]]:
        """Has a process started; returns the way to it and what to do after its end."""
        if self._is_closed:
            raise SandboxError("the sandbox is closed")
        scratch = None if self._zygote.has_own_root else tempfile.mkdtemp(prefix="sandbox-")

        def release() -> None:
            if scratch is not None:
                shutil.rmtree(scratch, ignore_errors=True)

        job = {"mode": mode, "limits": asdict(limits), "scratch": scratch}
        channel = Channel(limits, _readable_descriptor(stdin))
        try:
            self._spawn(job, channel)
        except BaseException:
            channel.close()
            release()
            raise
        channel.close_theirs()
        return channel, limits, release

    def _spawn(self, job: dict[str, Any], channel: Channel) -> None:
        """Asks the zygote, and a new one if it has been killed."""
        zygote = self._zygote
        try:
            zygote.spawn(job, channel.theirs)
        except SandboxBroken:
            with self._lock:
                if self._zygote is zygote and not self._is_closed:
                    zygote.close()
                    self._zygote = Zygote(self._limits, self._readable, self._without)
            self._zygote.spawn(job, channel.theirs)

    def close(self) -> None:
        """Ends the zygote and every program still running. Safe to call again."""
        self._is_closed = True
        self._zygote.close()

    def __enter__(self) -> Self:
        """The sandbox itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Ends everything."""
        self.close()


def _readable_descriptor(data: bytes) -> int:
    """A descriptor from which a program reads the data, without anybody having to write it."""
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.seek(0)
        return os.dup(stream.fileno())
