"""The few Linux calls that Python does not offer, by ctypes. Each raises OSError on failure."""

from __future__ import annotations

import ctypes
import os
import sys

from analyzers.sandbox.child import syscalls

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_NOATIME, MS_NODIRATIME, MS_BIND, MS_REC = 1024, 2048, 4096, 16384
MS_PRIVATE, MS_RELATIME = 1 << 18, 1 << 21
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_SECCOMP_MODE_FILTER = 2
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522
_SIGKILL = 9

_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _call(name: str, *arguments: object) -> int:
    if _libc is None:
        raise OSError(f"{name} is a call of Linux")
    return _checked(getattr(_libc, name)(*arguments), name)


def system_call(name: str, *arguments: object) -> int:
    """Makes a call that the C library does not wrap."""
    number = syscalls.CONFINING.get(name)
    if _libc is None or number is None:
        raise OSError(f"{name} is not known on this machine")
    return _checked(_libc.syscall(ctypes.c_long(number), *arguments), name)


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(value) for value in (*arguments, 0, 0, 0, 0)[:4]]
    _call("prctl", ctypes.c_int(option), *padded)


def unshare(flags: int) -> None:
    """Moves this process, or its children for a pid namespace, into new namespaces."""
    _call("unshare", ctypes.c_int(flags))


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """mount(2)."""
    texts = [os.fsencode(text) for text in (source, target, kind)]
    _call("mount", *texts, ctypes.c_ulong(flags), os.fsencode(data))


def unmount(target: str) -> None:
    """Takes a mount and all below it out of sight."""
    _call("umount2", os.fsencode(target), ctypes.c_int(MNT_DETACH))


def die_with_parent() -> None:
    """Has the kernel kill this process when its parent's thread ends."""
    if _libc is not None:
        _prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def forbid_dumps() -> None:
    """Keeps processes of the same user out of this one's memory and /proc entry."""
    if _libc is not None:
        _prctl(_PR_SET_DUMPABLE, 0)


def forbid_new_privileges() -> None:
    """Makes set-uid programs ordinary; also what Landlock and seccomp ask for."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_bounding_capabilities() -> None:
    """Makes sure that no capability can come back. Needs CAP_SETPCAP."""
    for capability in range(_LAST_CAPABILITY + 1):
        try:
            _prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            # EINVAL past the kernel's last one; EPERM without the right to drop, when there is
            # no capability to lose in the effective set either.
            break


def drop_capabilities() -> None:
    """Gives up every capability this thread holds."""
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    system_call("capset", ctypes.byref(header), ctypes.byref(none))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def install_filter(instructions: bytes) -> None:
    """Puts a seccomp program over this process for good."""
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    program = _Program(len(instructions) // 8, ctypes.addressof(buffer))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(program))
