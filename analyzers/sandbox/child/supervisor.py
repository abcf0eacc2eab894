"""Starts one program in its own corner, watches its time and ends it, and says how it ended.

The supervisor is the program's parent and lives outside its pid namespace. It runs no untrusted
code, holds neither the program's source nor its answers, and ends with it.
"""

from __future__ import annotations

import errno
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
import types
from collections.abc import Callable
from typing import Any, NoReturn

from analyzers.sandbox.child import (
    candidate,
    confinement,
    kernel,
    namespaces,
    policy,
    visible,
    whole_program,
)

NOT_CONFINED = 78
"""How a program's process ends that could not be confined; it has run nothing then."""
_SLACK_S = 2.0  # The parent keeps the wall clock; this is for a parent that is held up itself.
_STEP_S = 0.02


def supervise(job: dict[str, Any], descriptors: list[int], plan: confinement.Plan) -> NoReturn:
    """Runs a job to its end. `descriptors` are requests, answers, stdin, stdout, stderr, status."""
    *own, status_descriptor = descriptors
    status = socket.socket(fileno=status_descriptor)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        kernel.die_with_parent()
        if plan.has_namespaces:
            kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWPID)
            limits = job["limits"]
            namespaces.mount_scratch(int(limits["scratch_bytes"]), int(limits["scratch_files"]))
        elif plan.switches_uid:
            os.chown(job["scratch"], namespaces.INNER_ID, namespaces.INNER_ID)
        pid = os.fork()
    except OSError as error:
        _say(status, {"how": "not confined", "code": 0, "why": str(error), "cpu_s": 0.0})
        os._exit(1)
    if pid == 0:
        _become_program(job, own, status_descriptor, plan)
    for descriptor in own:
        os.close(descriptor)
    try:
        ending = _watch(pid, job, status, plan)
        if job["scratch"]:
            sys.setrecursionlimit(20_000)  # A program may have nested its directories deep.
            shutil.rmtree(job["scratch"], ignore_errors=True)
        _say(status, ending)
    finally:
        os._exit(0)


def _say(status: socket.socket, message: dict[str, Any]) -> None:
    try:
        status.send(json.dumps(message).encode())
    except OSError:
        return  # The parent is gone; nobody waits for the answer.


def _become_program(
    job: dict[str, Any], own: list[int], status_descriptor: int, plan: confinement.Plan
) -> NoReturn:
    try:
        os.setsid()
        answers = _keep_only(own)
        scratch = visible.SCRATCH if plan.has_namespaces else job["scratch"]
        confinement.confine(job["limits"], plan, scratch)
        os.environ["TMPDIR"] = scratch
        os.environ["HOME"] = scratch if job["mode"] == "main" else policy.NO_HOME
        candidate.open_standard_streams()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        serve = _prepared(job, plan, scratch, answers)
        candidate.send(answers, candidate.UNASKED + b"R")
    except BaseException as error:  # noqa: BLE001 - Whatever it is, nothing may run unconfined.
        os.write(2, f"{type(error).__name__}: {error}".encode()[:300])
        os._exit(NOT_CONFINED)
    status = 1
    try:
        serve()
        status = 0
    finally:
        os._exit(status)


_REQUESTS, _ANSWERS = 3, 4


def _keep_only(own: list[int]) -> int:
    """Moves the program's descriptors to 0..4 and closes every other one."""
    requests, answers, stdin, stdout, stderr = own
    # Out of the way first, since a descriptor may already carry a number that another one needs.
    high = [os.dup2(each, 100 + number) for number, each in enumerate(own)]
    requests, answers, stdin, stdout, stderr = high
    for target, source in enumerate((stdin, stdout, stderr, requests, answers)):
        os.dup2(source, target)
    os.closerange(5, 4096)
    return _ANSWERS


def _prepared(
    job: dict[str, Any], plan: confinement.Plan, scratch: str, answers: int
) -> Callable[[], None]:
    """The work to do, with the hook in place and these modules out of the program's sight."""
    max_bytes = int(job["limits"]["message_bytes"])
    send, unasked = candidate.send, candidate.UNASKED
    if "audit hook" in plan.mechanisms and job["mode"] == "module":
        policy.install(
            lambda what: send(answers, unasked + b"B" + what), plan.readable, plan.hidden, scratch
        )
    for name in [name for name in sys.modules if name.split(".")[0] == "analyzers"]:
        del sys.modules[name]
    # An empty one, since `doctest.testmod()` and others look into it.
    sys.modules["__main__"] = types.ModuleType("__main__")
    serve, receive, run = candidate.serve, candidate.receive, whole_program.run
    if job["mode"] == "module":
        return lambda: serve(_REQUESTS, answers, max_bytes)

    def run_main() -> None:
        request = receive(_REQUESTS)
        os.closerange(3, 5)
        if request is not None:
            run(request)

    return run_main


def _watch(
    pid: int, job: dict[str, Any], status: socket.socket, plan: confinement.Plan
) -> dict[str, Any]:
    """Waits for the program's end, or brings it about; returns how it came."""
    limits = job["limits"]
    ends_at = time.monotonic() + limits["wall_s"] + _SLACK_S
    why = ""
    poll = select.poll()
    poll.register(status, select.POLLIN)
    process = _process_descriptor(pid)
    if process is not None:
        poll.register(process, select.POLLIN)
    while True:
        done, code, usage = os.wait4(pid, os.WNOHANG)
        if done:
            break
        left_s = min(ends_at - time.monotonic(), _cpu_left_s(pid, limits["cpu_s"]))
        if not why:
            why = _reason_to_end(left_s, limits, job, plan)
            if not why and _is_ready(
                poll, status, left_s, process is None or not plan.has_namespaces
            ):
                why = "asked"
        if why:
            os.kill(pid, signal.SIGKILL)
            done, code, usage = os.wait4(pid, 0)
            break
    cpu_s = usage.ru_utime + usage.ru_stime
    if os.WIFSIGNALED(code):
        number = os.WTERMSIG(code)
        if not why and number in (signal.SIGXCPU, signal.SIGKILL) and cpu_s >= limits["cpu_s"]:
            why = "cpu"
        return {"how": "signal", "code": number, "why": why, "cpu_s": cpu_s}
    return {"how": "exit", "code": os.WEXITSTATUS(code), "why": why, "cpu_s": cpu_s}


def _process_descriptor(pid: int) -> int | None:
    try:
        return os.pidfd_open(pid)
    except (OSError, AttributeError):
        return None  # Before Linux 5.3; then the state is asked for at short steps.


def _cpu_left_s(pid: int, cpu_s: float) -> float:
    """The program's unused CPU time, by the clock that Linux keeps for each process."""
    try:
        used_s = time.clock_gettime(~pid << 3 | 2)
    except OSError:
        return cpu_s  # It has ended.
    return cpu_s - used_s


def _reason_to_end(
    left_s: float, limits: dict[str, float], job: dict[str, Any], plan: confinement.Plan
) -> str:
    if left_s <= 0:
        return "time"
    if not plan.has_namespaces and not _fits(job["scratch"], limits):
        return "scratch"
    return ""


def _is_ready(poll: select.poll, status: socket.socket, left_s: float, in_steps: bool) -> bool:
    """Whether the parent asks for the end, after waiting for that or for the program's own."""
    # Two threads use CPU time twice as fast, hence a part of what is left.
    wait_s = min(_STEP_S, left_s) if in_steps else max(left_s / 4, 0.002)
    ready = poll.poll(max(1, int(wait_s * 1000)))
    return any(descriptor == status.fileno() for descriptor, _ in ready)


def _fits(scratch: str, limits: dict[str, float]) -> bool:
    """Whether a scratch directory on a common file system is within its size."""
    size = files = 0
    pending = [scratch]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    files += 1
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return False  # What lies so deep could not be counted.
        if size > limits["scratch_bytes"] or files > limits["scratch_files"]:
            return False
    return True
