"""The modules that a project's own files make, wherever in its root they lie."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from analyzers.imports.folders import Modules, modules_in
from analyzers.project import Project

_SOURCE_FOLDERS = ("", "src", "lib", "python", "source", "app", "tests", "test", "scripts", "tools")
_NOT_SOURCES = frozenset({"node_modules", "venv", "env", "site-packages", "build", "dist"})
_MARKS = (
    "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "Pipfile", "environment.yml",
    "tox.ini", ".git", ".hg",
)  # fmt: skip
_MAX_DEPTH = 6
_MAX_FOLDERS = 4000
_MAX_ROOTS = 8
_BUDGET_S = 0.05
_FRESH_S = 5.0


@dataclass(frozen=True, slots=True)
class _Index:
    """All modules under a root. `is_complete`: neither time nor depth cut the walk short."""

    names: frozenset[str]
    is_complete: bool
    made_s: float


_indices: dict[str, _Index] = {}
_lock = Lock()


def has_module(name: str, project: Project) -> bool:
    """Whether a file or folder of the workspace makes a module of this name."""
    if any(name in modules_in(folder) for folder in _near_folders(project)):
        return True
    if project.root is None:
        return False
    # What was there a while ago is believed; only what is missed is worth another walk.
    known = _indices.get(str(project.root))
    return (known is not None and name in known.names) or name in _index(project.root).names


def near_listings(project: Project) -> Iterator[Modules]:
    """What a file sees without a detour: beside it, above it, in the source folders."""
    return map(modules_in, _near_folders(project))


def is_whole(project: Project) -> bool:
    """Whether the root is that of a project and all its modules were seen."""
    if project.root is None:
        return False
    marks = (os.path.join(project.root, mark) for mark in _MARKS)  # noqa: PTH118
    return any(map(os.path.exists, marks)) and _index(project.root).is_complete


def missing_sibling(module: str, level: int, project: Project) -> Path | None:
    """The folder in which a relative import would have to find its module and does not.

    None where it is found, where the folder is unknown, and where it has no files to judge by.
    """
    if project.path is None or not module:
        return None
    folder = project.path.parent
    for _ in range(level - 1):
        if folder == project.root or folder == folder.parent:
            return None
        folder = folder.parent
    first, _, rest = module.partition(".")
    listed = modules_in(str(folder))
    if not listed.names:
        return None
    if first not in listed:
        return folder
    below = modules_in(str(folder / first))
    second = rest.partition(".")[0]
    if second and below.names and second not in below and "__init__" in below:
        return folder / first
    return None


def _near_folders(project: Project) -> Iterator[str]:
    root = project.root
    if project.path is not None:
        yield str(project.path.parent)
        if root is not None:
            for above in project.path.parent.parents:
                if above != root and root not in above.parents:
                    break
                yield str(above)
    if root is not None:
        for name in _SOURCE_FOLDERS:
            yield os.path.join(root, name)  # noqa: PTH118 - on the hot path.


def _index(root: Path) -> _Index:
    key = str(root)
    now = time.monotonic()
    index = _indices.get(key)
    if index is None or now - index.made_s > _FRESH_S:
        index = _walk(key, now)
        with _lock:
            _indices.pop(key, None)
            while len(_indices) >= _MAX_ROOTS:
                del _indices[next(iter(_indices))]
            _indices[key] = index
    return index


def _walk(root: str, now: float) -> _Index:
    names: set[str] = set()
    is_complete = True
    waiting = [(root, 0)]
    for count, (folder, depth) in enumerate(waiting):
        if count >= _MAX_FOLDERS or time.monotonic() - now > _BUDGET_S:
            return _Index(frozenset(names), False, time.monotonic())
        listed = modules_in(folder)
        names |= listed.names
        below = [name for name in listed.folders if name not in _NOT_SOURCES]
        if depth < _MAX_DEPTH:
            waiting += [(os.path.join(folder, name), depth + 1) for name in below]  # noqa: PTH118
        else:
            is_complete = is_complete and not below
    return _Index(frozenset(names), is_complete, time.monotonic())
