"""Detection: an audit hook that ends the process at the first thing no honest solution does.

The kernel turns many an attempt into a mere exception, which a program can catch before it answers
well; the hook makes the attempt count. It is no enforcement: code that gets native execution, or
that calls C functions which raise no audit event (stat, readlink, os.close), passes it by and
meets the kernel's confinement alone.

The hook lives in a closure that the interpreter's own list of hooks holds and no Python object
refers to. All of its state is immutable, it uses nothing that a program could replace and calls no
method of what a program passes, since `sys.audit` lets it pass anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

EXIT_STATUS = 77
"""How a process ends that the hook has caught."""

NO_HOME = "/home/nobody"
"""The home of a module: outside of all that it may open, so that what it looks for is noticed."""

# Never honest, whatever the arguments.
_FORBIDDEN_PREFIXES = (
    "ctypes.",
    "ftplib.",
    "http.client.",
    "imaplib.",
    "nntplib.",
    "poplib.",
    "smtplib.",
    "socket.",
    "subprocess.",
    "syslog.",
    "telnetlib.",
    "urllib.",
    "webbrowser.",
    "os.spawn",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
)
_FORBIDDEN = {
    "gc.get_objects",
    "gc.get_referents",
    "gc.get_referrers",
    "os.killpg",
    "os.startfile",
    "os.system",
    "pty.spawn",
    "sys._current_exceptions",
    "sys._current_frames",
}
_HARMLESS = {"socket.gethostname"}
# Calls whose first argument is a path, and those whose second one is as well.
_READ_EVENTS = {"os.chdir", "os.listdir", "os.listxattr", "os.scandir"}
_WRITE_EVENTS = {
    "os.chflags",
    "os.chmod",
    "os.chown",
    "os.mkdir",
    "os.remove",
    "os.removexattr",
    "os.rmdir",
    "os.setxattr",
    "os.truncate",
    "os.utime",
}
_TWO_PATH_EVENTS = {"os.link", "os.rename", "os.symlink"}
_SPECIAL = {"open", "os.kill", "socket.__new__", "ctypes.dlopen"}
_AF_UNIX = 1


def install(
    report: Callable[[bytes], None], readable: list[str], hidden: list[str], scratch: str
) -> None:
    """Adds the hook for the rest of the process's life.

    Args:
        report: Sends a description of the attempt before the process ends.
        readable: Directories and files that may be opened for reading.
        hidden: Directories within those that may not.
        scratch: The directory where everything is allowed; also the working directory.
    """
    sys.addaudithook(_make_hook(report, tuple(readable), tuple(hidden), scratch))


def _make_hook(
    report: Callable[[bytes], None],
    readable: tuple[str, ...],
    hidden: tuple[str, ...],
    scratch: str,
) -> Callable[[str, tuple[Any, ...]], None]:
    own_pid = os.getpid()
    end, working_directory = os._exit, os.getcwd
    forbidden, harmless, prefixes = frozenset(_FORBIDDEN), frozenset(_HARMLESS), _FORBIDDEN_PREFIXES
    reads, writes = frozenset(_READ_EVENTS), frozenset(_WRITE_EVENTS)
    two_paths, special = frozenset(_TWO_PATH_EVENTS), frozenset(_SPECIAL)
    write_flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
    local_socket = _AF_UNIX
    devices = frozenset(("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero"))
    # The debugger, which doctest makes one of, looks for its settings at home.
    harmless_files = devices | {NO_HOME + "/.pdbrc"}

    def violation(what: str) -> None:
        try:
            report(str.encode(what, "utf-8", "backslashreplace")[:300])
        finally:
            end(EXIT_STATUS)

    def is_within(path: str, root: str) -> bool:
        return path == root or str.startswith(path, root + "/")

    def is_within_any(path: str, roots: tuple[str, ...]) -> bool:
        return any(is_within(path, root) for root in roots)

    def plain_path(value: object) -> str | None:
        """The absolute path without dots and double slashes; None for a descriptor."""
        if isinstance(value, str):
            text = str.__str__(value)
        elif isinstance(value, bytes):
            text = bytes.decode(value, "utf-8", "surrogateescape")
        else:
            return None
        if not str.startswith(text, "/"):
            text = working_directory() + "/" + text
        parts: list[str] = []
        for part in str.split(text, "/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return "/" + str.join("/", parts)

    def check_path(event: str, value: object, is_write: bool) -> None:
        path = plain_path(value)
        if path is None or is_within(path, scratch) or path in harmless_files:
            return
        if is_write or not is_within_any(path, readable) or is_within_any(path, hidden):
            violation(f"{event} {path}")

    def check_special(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            text_writes = type(mode) is str and any(letter in mode for letter in "wax+")
            flag_writes = type(flags) is int and bool(flags & write_flags)
            check_path("open", path, text_writes or flag_writes)
        elif event == "os.kill":
            if type(arguments[0]) is not int or arguments[0] != own_pid:
                violation("os.kill of another process")
        elif event == "socket.__new__":
            if not isinstance(arguments[1], int) or int.__ne__(arguments[1], local_socket):
                violation("socket.__new__")
        elif arguments[0] is not None:
            violation("ctypes.dlopen")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in special:
            check_special(event, arguments)
        elif event in reads or event in writes:
            check_path(event, arguments[0], event in writes)
        elif event in two_paths:
            check_path(event, arguments[0], True)
            check_path(event, arguments[1], True)
        elif event in forbidden or (str.startswith(event, prefixes) and event not in harmless):
            violation(event)

    return hook
