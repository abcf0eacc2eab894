"""The system call filter: a BPF program assembled by hand.

What Python needs is allowed, what no honest solution does kills the process with SIGSYS, so that
the attempt shows however the program handles errors, and everything else fails with ENOSYS, the
answer of an older kernel, for which every library has a way around.

Source: the kernel's Documentation/userspace-api/seccomp_filter.rst.
"""

from __future__ import annotations

import errno
import struct

from analyzers.sandbox.child import kernel, syscalls

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45
_KILL_PROCESS, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_NUMBER, _ARCHITECTURE = 0, 4  # Offsets in struct seccomp_data.
_X32_BIT = 0x40000000

_CLONE_THREAD = 0x00010000
# Namespaces of clone: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
_CLONE_NAMESPACES = 0x7E020000
_AF_UNIX = 1
_SIGNAL_SELF = ("kill", "tgkill")
# FIONCLEX, FIOCLEX, FIONREAD, FIONBIO, TCGETS, TIOCGWINSZ: what Python asks of its descriptors.
_IOCTLS = (0x5450, 0x5451, 0x541B, 0x5421, 0x5401, 0x5413)
_PR_SET_NAME, _PR_GET_NAME = 15, 16


def _argument(index: int) -> int:
    """Offset of the low half of an argument; both machines are little-endian."""
    return 16 + 8 * index


class _Assembler:
    """Collects instructions; jumps reach forward over a known number of them."""

    def __init__(self) -> None:
        self.instructions: list[tuple[int, int, int, int]] = []

    def load(self, offset: int) -> None:
        self.instructions.append((_LOAD, 0, 0, offset))

    def answer(self, action: int) -> None:
        self.instructions.append((_RETURN, 0, 0, action))

    def answer_if(self, jump: int, value: int, action: int) -> None:
        """Returns the action if the loaded word compares true, and goes on otherwise."""
        self.instructions.append((jump, 0, 1, value))
        self.answer(action)

    def for_call(self, name: str, body: _Assembler) -> None:
        """Runs a body, which must return on every path, for one system call."""
        number = syscalls.FILTERED.get(name)
        if number is not None:
            self.instructions.append((_IF_EQUAL, 0, len(body.instructions), number))
            self.instructions += body.instructions

    def assemble(self) -> bytes:
        return b"".join(struct.pack("=HBBI", *each) for each in self.instructions)


def _only(index: int, values: tuple[int, ...], otherwise: int) -> _Assembler:
    body = _Assembler()
    body.load(_argument(index))
    for value in values:
        body.answer_if(_IF_EQUAL, value, _ALLOW)
    body.answer(otherwise)
    return body


def _threads_only() -> _Assembler:
    body = _Assembler()
    body.load(_argument(0))
    body.answer_if(_IF_ANY_BIT, _CLONE_NAMESPACES, _KILL_PROCESS)
    body.answer_if(_IF_ANY_BIT, _CLONE_THREAD, _ALLOW)
    body.answer(_KILL_PROCESS)
    return body


def program(own_pid: int) -> bytes:
    """The filter for the process of this id.

    Raises:
        OSError: The machine is neither x86-64 nor aarch64.
    """
    if syscalls.AUDIT_ARCHITECTURE is None:
        raise OSError(f"no system call table for the machine {syscalls.MACHINE!r}")
    code = _Assembler()
    code.load(_ARCHITECTURE)
    code.instructions.append((_IF_EQUAL, 1, 0, syscalls.AUDIT_ARCHITECTURE))
    code.answer(_KILL_PROCESS)
    code.load(_NUMBER)
    if syscalls.MACHINE == "x86_64":
        code.answer_if(_IF_AT_LEAST, _X32_BIT, _KILL_PROCESS)
    code.for_call("clone", _threads_only())
    for name in _SIGNAL_SELF:
        code.for_call(name, _only(0, (own_pid,), _KILL_PROCESS))
    # Deprecated, and names a thread by a number that another process may have by now.
    code.for_call("tkill", _only(0, (own_pid,), _KILL_PROCESS))
    code.for_call("socketpair", _only(0, (_AF_UNIX,), _KILL_PROCESS))
    code.for_call("ioctl", _only(1, _IOCTLS, _ERRNO | errno.ENOTTY))
    code.for_call("prctl", _only(0, (_PR_SET_NAME, _PR_GET_NAME), _ERRNO | errno.EPERM))
    code.for_call("prlimit64", _only(0, (0, own_pid), _ERRNO | errno.EPERM))
    # The table lists the frequent calls first, since the filter is a chain of comparisons.
    for number in syscalls.ALLOWED.values():
        code.answer_if(_IF_EQUAL, number, _ALLOW)
    for number in syscalls.KILLED.values():
        code.answer_if(_IF_EQUAL, number, _KILL_PROCESS)
    code.answer(_ERRNO | errno.ENOSYS)
    return code.assemble()


def confine(own_pid: int) -> None:
    """Installs the filter; needs no_new_privs.

    Raises:
        OSError: The kernel has no seccomp, or a filter above this one forbids it.
    """
    kernel.install_filter(program(own_pid))
