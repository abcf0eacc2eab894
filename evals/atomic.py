"""Files that are replaced as a whole: a reader sees the old text or the new, never a part."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from codegen.store.disk import sync_folder
from evals.errors import OutputError


def write_text(path: Path, text: str) -> None:
    """Replaces `path` by `text`, which then survives a loss of power.

    Raises:
        OutputError: the operating system refuses; what `path` held is untouched.
    """
    try:
        path = path.resolve()  # What a link points to is replaced, not the link.
        if _is_special(path):
            path.write_text(text, encoding="utf-8", newline="\n")
            return
        temporary = _temporary(path)
        try:
            with temporary.open("w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise _refused(path, error) from error


def check_writable(path: Path) -> None:
    """Finds out now, by writing a file beside it, whether `path` can be replaced later.

    Permission bits do not tell: root passes them, and a read-only file system is not among them.

    Raises:
        OutputError: it cannot.
    """
    if path.is_dir():
        raise OutputError(f"cannot write {path}: it is a folder; name a file in it")
    try:
        path = path.resolve()
        if not _is_special(path):
            _temporary(path).unlink()
    except OSError as error:
        raise _refused(path, error) from error


def check_folder(folder: Path) -> None:
    """Makes `folder` where it is missing, and finds out whether files can be written in it.

    Raises:
        OutputError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _temporary(folder / "probe").unlink()
    except OSError as error:
        raise _refused(folder, error) from error


def _is_special(path: Path) -> bool:
    """Whether `path` is a device or a pipe, which is written to and never replaced."""
    return path.exists() and not path.is_file()


def _temporary(path: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=".leadsman-", suffix=".tmp", dir=path.parent)
    try:
        # mkstemp grants nobody else anything; a report is as readable as any file of its author.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # noqa: PTH101 - the handle's name is no Path yet.
    finally:
        os.close(handle)
    return Path(name)


def _refused(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"cannot write {path}: {error.strerror or error}; name another place or make room there"
    )
