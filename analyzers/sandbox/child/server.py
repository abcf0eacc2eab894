"""The zygote: a warm interpreter that forks a supervisor and a program for each request.

It is started with an empty environment and never sees a program's source, its answers or what is
expected of them, so that its memory, which every program inherits, holds nothing of worth.
"""

# pathlib would be more code for every fork to carry, and programs patch it.
# ruff: noqa: PTH110, PTH112, PTH116, PTH120, PTH123

from __future__ import annotations

import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from analyzers.sandbox.child import (
    confinement,
    kernel,
    landlock,
    namespaces,
    seccomp,
    supervisor,
    visible,
)

# What small programs like to import; it costs them nothing then. (And what this package imports.)
_PRELOADED = """
abc bisect collections collections.abc contextlib copy dataclasses datetime decimal enum fractions
functools hashlib heapq io itertools json math operator random re statistics string textwrap time
typing unicodedata zlib
"""
_MAX_DESCRIPTORS = 6
_MAX_JOB_BYTES = 8192


def main(control_descriptor: int, config: dict[str, Any]) -> NoReturn:
    """Confines what all programs share, reports it, and serves until the parent hangs up."""
    for name in _PRELOADED.split():
        importlib.import_module(name)
    sys.dont_write_bytecode = True
    control = socket.socket(fileno=control_descriptor)
    plan = confinement.Plan(hidden=visible.hidden(visible.readable()))
    without = set(config["without"])
    if sys.platform == "linux":
        _prefer_for_out_of_memory()
        if "namespaces" not in without:
            _enter_namespaces(control, config, plan)
    else:
        plan.notes.append(f"{sys.platform} has no Landlock, seccomp or namespaces")
    plan.readable = _readable_by_hook(config)
    _probe(config, plan, without)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control.send(
        json.dumps({"report": {"mechanisms": plan.mechanisms, "notes": plan.notes}}).encode()
    )
    gc.collect()
    gc.freeze()
    _serve(control, plan)


def _prefer_for_out_of_memory() -> None:
    try:
        with open("/proc/self/oom_score_adj", "w") as stream:
            stream.write("1000")
    except OSError:
        return  # The limits still hold; only the kernel's choice of a victim is the usual one.


def _readable_by_hook(config: dict[str, Any]) -> list[str]:
    paths = visible.outermost([*visible.readable(), *sys.path, *config["readable"]])
    return visible.outermost([*paths, *(os.path.realpath(path) for path in paths)])


def _enter_namespaces(
    control: socket.socket, config: dict[str, Any], plan: confinement.Plan
) -> None:
    """Moves into namespaces and a root of their own, as process 1 of a new pid namespace.

    Ends this process after telling the parent when it cannot; the parent starts another one
    without. A process that has got half of it is no place to go on.
    """
    readable, extra = visible.readable(), list(config["readable"])
    try:
        flags = 0
        for flag in namespaces.NAMES.values():
            flags |= flag
        kernel.unshare(flags)
        control.send(b'{"map": true}')
        if control.recv(16) != b"mapped":
            raise OSError("the user map was refused")
        pid = os.fork()
        if pid:
            _wait_for(pid, control)
        kernel.die_with_parent()
        namespaces.build_root(readable, plan.hidden, extra)
        kernel.forbid_dumps()
    except OSError as error:
        control.send(json.dumps({"no_namespaces": str(error)}).encode())
        os._exit(0)
    plan.mechanisms += namespaces.NAMES


def _wait_for(pid: int, control: socket.socket) -> NoReturn:
    control.close()
    _, code = os.waitpid(pid, 0)
    os._exit(os.waitstatus_to_exitcode(code) & 0xFF)


def _probe(config: dict[str, Any], plan: confinement.Plan, without: set[str]) -> None:
    """Finds the mechanisms that work, each tried in a process of its own."""
    steps: dict[str, Callable[[], None]] = {
        "rlimits": lambda: confinement.limit_resources(config["limits"], plan),
        "no capabilities": lambda: confinement.drop_privileges(
            confinement.Plan(["no capabilities"], switches_uid=plan.switches_uid)
        ),
        "landlock": lambda: landlock.confine(plan.landlock_rules),
        "seccomp": lambda: seccomp.confine(os.getpid()),
    }
    plan.switches_uid = os.geteuid() == 0 and (plan.has_namespaces or _others_reach_python())
    if os.geteuid() == 0 and not plan.switches_uid:
        plan.notes.append("programs keep uid 0, since other users cannot read the interpreter")
    if sys.platform == "linux":
        plan.landlock_rules = confinement.landlock_rules(
            plan, visible.readable(), list(config["readable"])
        )
    for name, step in steps.items():
        if name in without:
            plan.notes.append(f"{name} left out as asked")
            continue
        problem = _attempt(step)
        if problem is None:
            plan.mechanisms.append(name)
        else:
            plan.notes.append(f"no {name}: {problem}")
    if plan.switches_uid or os.geteuid() != 0:
        plan.mechanisms.append("unprivileged uid")
    plan.mechanisms.append("audit hook")


def _others_reach_python() -> bool:
    for path in (sys.executable, *sys.path):
        if not os.path.exists(path):
            continue
        while path != "/":
            if not os.stat(path).st_mode & 0o001 and os.path.isdir(path):
                return False
            path = os.path.dirname(path)
    return True


def _attempt(step: Callable[[], None]) -> str | None:
    """Why a step fails, tried in a child that ends at once; None if it works."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        answer = b"-"
        try:
            if step is not None:
                kernel_ready(step)
                answer = b"+"
        except (OSError, ValueError) as error:
            answer += str(error).encode()
        finally:
            os.write(writer, answer)
            os._exit(0)
    os.close(writer)
    answer = os.read(reader, 1000)
    os.close(reader)
    os.waitpid(pid, 0)
    return None if answer == b"+" else answer[1:].decode(errors="replace") or "the trial died"


def kernel_ready(step: Callable[[], None]) -> None:
    """Runs a step of the confinement under the one condition that the kernel puts on it."""
    if sys.platform == "linux":
        kernel.forbid_new_privileges()
    step()


def _serve(control: socket.socket, plan: confinement.Plan) -> NoReturn:
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, _MAX_JOB_BYTES, _MAX_DESCRIPTORS)
        except OSError:
            os._exit(1)
        if not message:
            os._exit(0)  # The parent has hung up; as process 1 this takes all programs along.
        try:
            pid = os.fork()
        except OSError:
            pid = -1  # The closed descriptors tell the parent.
        if pid == 0:
            control.close()
            supervisor.supervise(json.loads(message), descriptors, plan)
        for descriptor in descriptors:
            os.close(descriptor)
