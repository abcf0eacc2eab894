"""Files that are replaced as a whole: a reader sees the old bytes or the new, never a part.

The new bytes are written beside the file, and locked while they are. A run that is killed leaves
them there unlocked, and the next one that writes in that folder takes them away.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Where there are no such locks nothing is swept.
    fcntl = None  # type: ignore[assignment]

_ENDING = ".leadsman"


def replace_bytes(path: Path, data: bytes) -> None:
    """Puts `data` in the place of what a file holds; its mode stays.

    Raises:
        OSError: the operating system refuses; the file is as it was.
    """
    sweep(path.parent)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_ENDING)
    try:
        with os.fdopen(descriptor, "wb") as file:
            _lock(file.fileno())
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            shutil.copymode(path, name)
            Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sweep(folder: Path) -> None:
    """Takes away what runs that were killed have left in a folder."""
    for left in folder.glob(f".*{_ENDING}") if fcntl is not None else ():
        with suppress(OSError):
            descriptor = os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            try:
                _lock(descriptor)
                left.unlink()
            finally:
                os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Raises OSError where another run holds it."""
    if fcntl is not None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
