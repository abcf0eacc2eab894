"""The system call filter, asked by raw calls from a program that no hook watches."""

from __future__ import annotations

import platform

import pytest

from analyzers.sandbox import BlockedCall, Sandbox
from analyzers.sandbox.child import syscalls

pytestmark = pytest.mark.skipif(
    syscalls.AUDIT_ARCHITECTURE is None, reason=f"no filter for {platform.machine()}"
)

_CALL = (
    "import ctypes, sys\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "numbers = [int(word) for word in sys.argv[1:]]\n"
    "result = libc.syscall(*map(ctypes.c_long, numbers))\n"
    "print(result, ctypes.get_errno())\n"
)
_UNKNOWN_ERRNO = 38  # ENOSYS
_NEW_USER, _THREAD = 0x10000000, 0x10000


def outcome_of(sandbox: Sandbox, number: int, *arguments: int) -> str:
    """What a raw call leads to: "killed", or its result and errno."""
    outcome = sandbox.run(_CALL, argv=[str(value) for value in (number, *arguments)])
    if isinstance(outcome.failure, BlockedCall):
        return "killed"
    assert outcome.failure is None, outcome
    return outcome.stdout.decode().strip()


# One of each kind; the table holds the others.
@pytest.mark.parametrize(
    "name",
    ["ptrace", "process_vm_readv", "mount", "unshare", "setns", "bpf", "io_uring_setup", "keyctl",
     "userfaultfd", "perf_event_open", "pidfd_getfd", "open_by_handle_at", "execveat", "connect"],
)  # fmt: skip
def test_a_forbidden_call_ends_the_process(sandbox: Sandbox, name: str) -> None:
    """Whatever its arguments."""
    assert outcome_of(sandbox, syscalls.KILLED[name], 0, 0, 0, 0) == "killed"


def test_processes_are_refused_and_clone3_sends_the_c_library_to_clone(sandbox: Sandbox) -> None:
    """Threads are made by clone, whose flags the filter can read."""
    filtered = syscalls.FILTERED
    assert outcome_of(sandbox, filtered["clone"], 17, 0, 0, 0, 0) == "killed"
    assert outcome_of(sandbox, filtered["clone"], _NEW_USER | _THREAD, 0, 0, 0, 0) == "killed"
    assert outcome_of(sandbox, filtered["clone3"], 0, 0) == f"-1 {_UNKNOWN_ERRNO}"


def test_signals_reach_no_other_process(sandbox: Sandbox) -> None:
    """Neither a group nor everybody nor a neighbour."""
    kill = syscalls.FILTERED["kill"]
    for target in (0, -1, 2, 4_000_000):
        assert outcome_of(sandbox, kill, target, 0) == "killed"


def test_calls_of_another_table_are_refused(sandbox: Sandbox) -> None:
    """x32 numbers name the same calls as the filter knows by other numbers."""
    if syscalls.MACHINE != "x86_64":
        pytest.skip("only x86-64 has a second table of the same architecture")
    assert outcome_of(sandbox, 0x40000000 | syscalls.ALLOWED["getpid"]) == "killed"


def test_calls_that_no_table_holds_do_not_exist(sandbox: Sandbox) -> None:
    """As on an older kernel."""
    assert outcome_of(sandbox, 1000) == f"-1 {_UNKNOWN_ERRNO}"
    assert outcome_of(sandbox, syscalls.CONFINING["landlock_restrict_self"], 0, 0) == (
        f"-1 {_UNKNOWN_ERRNO}"
    )


def test_only_local_pairs_of_sockets_exist(sandbox: Sandbox) -> None:
    """Which event loops wake themselves with."""
    assert outcome_of(sandbox, syscalls.FILTERED["socketpair"], 2, 1, 0, 0) == "killed"
    with sandbox.start(
        "import asyncio\n"
        "async def g(): await asyncio.sleep(0); return 7\n"
        "def f(): return asyncio.run(g())\n"
    ) as program:
        assert program.call("f") == 7


def test_no_call_stands_in_two_tables() -> None:
    """On either machine."""
    tables = (syscalls.ALLOWED, syscalls.KILLED, syscalls.FILTERED)
    numbers = [number for table in tables for number in table.values()]
    assert len(numbers) == len(set(numbers))
