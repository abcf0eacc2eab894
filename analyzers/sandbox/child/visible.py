"""Which part of the file system a program may read: the interpreter's own files, not packages.

Installed packages stay out, since the answers to an evaluation may lie among them, as do home
directories, though an interpreter may itself be installed in one.
"""

# pathlib would be more code for every fork to carry, and programs patch it.
# ruff: noqa: PTH110, PTH112, PTH208

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Iterable

SCRATCH = "/scratch"
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_PACKAGE_DIRECTORIES = ("site-packages", "dist-packages")
_SYSTEM_LIBRARIES = ("/lib64", "/usr/lib64")
_SYSTEM_FILES = ("/etc/ld.so.cache", "/usr/share/zoneinfo")


def readable() -> list[str]:
    """Existing files and directories that hold the interpreter, outermost only."""
    multiarch = sysconfig.get_config_var("MULTIARCH") or f"{os.uname().machine}-linux-gnu"
    wanted = [
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("platstdlib"),
        *(f"{root}/{multiarch}" for root in ("/lib", "/usr/lib")),
        *_SYSTEM_LIBRARIES,
        *_SYSTEM_FILES,
        *_bundled_libraries(),
    ]
    return outermost(path for path in wanted if os.path.exists(path))


def outermost(paths: Iterable[str]) -> list[str]:
    """Drops doubles and what lies inside another of the paths."""
    kept: list[str] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(f"{parent}/") for parent in kept):
            kept.append(path)
    return kept


def _bundled_libraries() -> list[str]:
    """Shared libraries that an interpreter outside the system's directories brings along."""
    directory = f"{sys.base_prefix}/lib"
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    return [f"{directory}/{name}" for name in names if ".so" in name or ".dylib" in name]


def hidden(paths: list[str]) -> list[str]:
    """The package directories within readable directories, down to their grandchildren."""
    found: list[str] = []
    for path in paths:
        for parent in (path, *_subdirectories(path)):
            found += [
                f"{parent}/{name}"
                for name in _PACKAGE_DIRECTORIES
                if os.path.isdir(f"{parent}/{name}")
            ]
    return found


def _subdirectories(path: str) -> list[str]:
    try:
        with os.scandir(path) as entries:
            # Only an interpreter's directory holds packages, and /usr/lib has thousands of others.
            return [entry.path for entry in entries if entry.name.startswith("python")]
    except OSError:
        return []


def without_hidden(paths: list[str], avoided: list[str]) -> list[str]:
    """The same files without the package directories, for rules that can only allow.

    A directory that holds one is replaced by its other entries, which takes the right to list
    the directory itself; the interpreter's finders have listed it before.
    """
    result: list[str] = []
    pending = list(paths)
    while pending:
        path = pending.pop()
        if path in avoided:
            continue
        if any(inner.startswith(f"{path}/") for inner in avoided):
            pending += [f"{path}/{name}" for name in os.listdir(path)]
        else:
            result.append(path)
    return result
