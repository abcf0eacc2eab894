"""Landlock: which files a process may open, no TCP, no signals and no abstract sockets outwards.

Source: the kernel's Documentation/userspace-api/landlock.rst; struct layouts as of ABI 7.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

from analyzers.sandbox.child import kernel

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
# Rights that exist, by the ABI that brought the last of them.
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP_BIND_AND_CONNECT = 0b11
_SCOPES = 0b11  # Abstract sockets and signals.
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1

READ = _READ_FILE | _READ_DIR
READ_AND_WRITE_FILE = _READ_FILE | _WRITE_FILE
# Everything but executing, device control and the making of device nodes (bits 6 and 11).
READ_AND_WRITE = ((1 << 15) - 1) & ~_EXECUTE & ~(1 << 6) & ~(1 << 11)


def abi() -> int:
    """The kernel's Landlock version.

    Raises:
        OSError: It has none, or it is switched off.
    """
    return kernel.system_call(
        "landlock_create_ruleset",
        None,
        ctypes.c_size_t(0),
        ctypes.c_uint32(_CREATE_RULESET_VERSION),
    )


def confine(rules: Iterable[tuple[str, int]]) -> None:
    """Leaves this process the given rights beneath the given paths and no others.

    Raises:
        OSError: No Landlock, or a path cannot be opened.
    """
    version = abi()
    files = _FILE_RIGHTS[max(known for known in _FILE_RIGHTS if known <= version)]
    attributes = struct.pack(
        "=QQQ",
        files,
        _TCP_BIND_AND_CONNECT if version >= 4 else 0,
        _SCOPES if version >= 6 else 0,
    )
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = kernel.system_call(
        "landlock_create_ruleset", attributes, ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights & files)
        kernel.system_call("landlock_restrict_self", ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, getattr(os, "O_PATH", 0) | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _ON_FILES
        kernel.system_call(
            "landlock_add_rule",
            ctypes.c_int(ruleset),
            ctypes.c_int(_RULE_PATH_BENEATH),
            struct.pack("=Qi", rights, place),
            ctypes.c_uint32(0),
        )
    finally:
        os.close(place)
