"""The parent's side of the warm interpreter: starts it, maps its users, asks it for programs."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from analyzers.sandbox import bundle
from analyzers.sandbox.errors import SandboxBroken, SandboxUnavailable
from analyzers.sandbox.limits import Limits
from analyzers.sandbox.report import SandboxReport

_START_S = 30.0
_END_S = 5.0
_NOBODY = 65534
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    # Each further arena reserves 64 MB or more of the address space that a program may have.
    "MALLOC_ARENA_MAX": "2",
}


class Zygote:
    """One running zygote. `spawn` may be called from any thread."""

    def __init__(
        self, limits: Limits, readable: Sequence[str] = (), without: frozenset[str] = frozenset()
    ) -> None:
        """Starts it, without namespaces where they turn out not to work.

        Raises:
            SandboxUnavailable: It does not start, or nothing at all can be limited here.
        """
        if sys.platform != "linux":
            raise SandboxUnavailable(
                f"untrusted code is run on Linux only, and this is {sys.platform}"
            )
        notes: list[str] = []
        self._lock = threading.Lock()
        answer = self._start(limits, readable, without)
        if "no_namespaces" in answer:
            notes.append(f"no namespaces: {answer['no_namespaces']}")
            self.close()
            answer = self._start(limits, readable, without | {"namespaces"})
        elif "namespaces" in without:
            notes.append("namespaces left out as asked")
        found = answer.get("report")
        if found is None:
            self.close()
            raise SandboxUnavailable(f"the sandbox did not start: {answer or 'no answer'}")
        self.report = SandboxReport(tuple(found["mechanisms"]), (*notes, *found["notes"]))
        if "rlimits" not in self.report.mechanisms:
            self.close()
            raise SandboxUnavailable(
                "no resource limits can be set here, so no untrusted code is run: "
                + "; ".join(self.report.notes)
            )

    @property
    def has_own_root(self) -> bool:
        """Whether programs get a scratch directory from the kernel."""
        return "mount namespace" in self.report.mechanisms

    def _start(
        self, limits: Limits, readable: Sequence[str], without: frozenset[str]
    ) -> dict[str, Any]:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        config = {"limits": asdict(limits), "readable": list(readable), "without": list(without)}
        with theirs:
            self._process = subprocess.Popen(
                # -P and -s with an environment of our own are -I, but for the fixed hash seed,
                # without which one program could answer differently in two runs.
                [sys.executable, "-S", "-s", "-P", "-c", bundle.BOOTSTRAP],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env=_ENVIRONMENT,
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
            assert self._process.stdin is not None
            with contextlib.suppress(BrokenPipeError), self._process.stdin as stream:
                stream.write(bundle.text(theirs.fileno(), config))
        self._control.settimeout(_START_S)
        while True:
            answer = self._receive()
            if "map" not in answer:
                return answer
            self._map_users()

    def _receive(self) -> dict[str, Any]:
        try:
            data = self._control.recv(1 << 16)
        except OSError as error:
            return {"error": str(error)}
        if data:
            answer: dict[str, Any] = json.loads(data)
            return answer
        assert self._process.stderr is not None
        self._process.kill()
        last = self._process.stderr.read().decode(errors="replace").strip().splitlines()[-1:]
        return {"error": last[0] if last else "it ended at once"}

    def _map_users(self) -> None:
        """Gives the zygote's user namespace its users: nobody, and for root root as well."""
        place = f"/proc/{self._process.pid}"
        try:
            if os.geteuid() == 0:
                users = groups = f"0 0 1\n{_NOBODY} {_NOBODY} 1\n"
            else:
                users, groups = f"{_NOBODY} {os.geteuid()} 1\n", f"{_NOBODY} {os.getegid()} 1\n"
                _write(f"{place}/setgroups", "deny")
            _write(f"{place}/uid_map", users)
            _write(f"{place}/gid_map", groups)
        except OSError as error:
            self._control.send(str(error).encode()[:16])
        else:
            self._control.send(b"mapped")

    @property
    def has_ended(self) -> bool:
        """Whether it has hung up; it says nothing after its report."""
        try:
            return not self._control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def spawn(self, job: dict[str, Any], descriptors: Sequence[int]) -> None:
        """Has a program started over the given descriptors.

        Raises:
            SandboxBroken: The zygote is gone.
        """
        try:
            with self._lock:
                socket.send_fds(self._control, [json.dumps(job).encode()], descriptors)
        except OSError as error:
            raise SandboxBroken(f"the sandbox's zygote is gone: {error}") from error

    def close(self) -> None:
        """Ends the zygote and every program it has started."""
        self._control.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stderr is not None:
            self._process.stderr.close()


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)
