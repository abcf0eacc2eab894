"""Writing so that a kill or a full disk at any moment leaves nothing half done in its place."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from codegen.errors import DiskFull, StoreError

FreeBytes = Callable[[Path], int]

# What is left free besides the model itself, so that a pull does not fill the disk to the brim.
MARGIN_BYTES = 64 << 20
_OTHER_HOME = "set LEADSMAN_HOME to a folder that can be written"


def free_bytes(path: Path) -> int:
    """Bytes free to this user on the file system that holds, or will hold, `path`."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def require_free(folder: Path, needed_bytes: int, free: FreeBytes) -> None:
    """Raises DiskFull, with both figures, where `folder` has too little room."""
    needed, there = needed_bytes + MARGIN_BYTES, free(folder)
    if there < needed:
        raise DiskFull(
            f"{folder} has {readable_bytes(there)} free and {readable_bytes(needed)} are needed; "
            "free some space or set LEADSMAN_HOME to a folder on a larger disk"
        )


def require_writable(folder: Path) -> None:
    """Raises StoreError where nothing can be written below `folder`; writes nothing itself."""
    with disk_errors(folder):
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        if not existing.is_dir():
            raise StoreError(f"{existing} is not a folder; {_OTHER_HOME}")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise StoreError(
                f"{existing} cannot be written; check its permissions, or {_OTHER_HOME}"
            )


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turns what the operating system says about files below `folder` into one clear line."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(
                f"the disk of {folder} is full ({readable_bytes(free_bytes(folder))} free); free "
                "some space or set LEADSMAN_HOME to another folder, then try again to go on"
            ) from error
        raise StoreError(
            f"{error.filename or folder}: {error.strerror or error}; check its permissions, "
            f"or {_OTHER_HOME}"
        ) from error


def write_json(path: Path, document: object) -> None:
    """Replaces `path` as a whole: a reader sees the old text or the new, never a part."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes renames inside `folder` survive a loss of power, where the system has a way to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def folder_bytes(folder: Path) -> int:
    """The size of all files below `folder`; files that vanish meanwhile count nothing."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += (Path(root) / name).lstat().st_size
    return total


def remove_folder(folder: Path) -> None:
    """Deletes `folder`, if it is there, or raises what keeps it from being deleted."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


def discard_folder(folder: Path) -> None:
    """Deletes what can be deleted of a folder that nothing depends on."""
    shutil.rmtree(folder, ignore_errors=True)


def readable_bytes(count: int) -> str:
    """A size as people write it, in units of 1000."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.2f} GB"
