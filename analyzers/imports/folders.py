"""What a folder holds that Python could import, listed once and again only when it changed."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from threading import Lock

_MAX_FOLDERS = 512
_MAX_FILE_BYTES = 4 << 20
_TICK_NS = 50_000_000
_ENDINGS = (".py", ".pyi", ".pyx", ".pyd", ".so", ".pyc", ".pyw")


class Modules:
    """The names of the modules in one folder.

    path_files: names of the files that add other folders to the path.
    folders: names of the folders that may hold modules of their own.
    """

    def __init__(self, entries: list[tuple[str, bool]] | None = None) -> None:
        names: set[str] = set()
        path_files: list[str] = []
        folders: list[str] = []
        for name, is_folder in entries or ():
            stem = name.partition(".")[0]
            if is_folder:
                if name.isidentifier():
                    names.add(name)
                if not name.startswith((".", "__")):
                    folders.append(name)
            elif name.endswith((".pth", ".egg-link")) or (
                name.startswith("__editable__") and name.endswith("_finder.py")
            ):
                path_files.append(name)
            elif name.endswith(_ENDINGS) and stem.isidentifier():
                names.add(stem)
        self.names = frozenset(names)
        self.path_files = tuple(path_files)
        self.folders = tuple(folders)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)


_NOTHING = Modules()
_seen: dict[str, tuple[int, Modules]] = {}
_lock = Lock()


def modules_in(folder: str) -> Modules:
    """The modules in a folder; none in one that cannot be listed."""
    try:
        changed = os.stat(folder).st_mtime_ns  # noqa: PTH116 - twice as fast as Path.
        seen = _seen.get(folder)
        if seen is not None and seen[0] == changed:
            return seen[1]
        # A second change within a tick of the clock would leave the time as it is.
        is_settled = time.time_ns() - changed > _TICK_NS
        with os.scandir(folder) as entries:
            listed = Modules([(entry.name, entry.is_dir()) for entry in entries])
    except (OSError, ValueError):
        return _NOTHING
    if not is_settled:
        return listed
    with _lock:
        while len(_seen) >= _MAX_FOLDERS:
            del _seen[next(iter(_seen))]
        _seen[folder] = changed, listed
    return listed


def read_small(path: str) -> str:
    """The first 4 MiB of a file's text; empty for what is no file or cannot be read."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a pipe would block.
            return ""
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(_MAX_FILE_BYTES).decode(errors="replace")
    except (OSError, ValueError):
        return ""
