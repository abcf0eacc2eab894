"""The modules that a project's interpreter can import, told from the folders of its packages."""

from __future__ import annotations

import ast
import functools
import os
import re
import site
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from analyzers.imports.folders import Modules, modules_in, read_small
from analyzers.project import Project

_ENVIRONMENTS = (".venv", "venv", "env", ".env")
_MAPPING = re.compile(r"^MAPPING[^=\n]*=\s*(\{.*?\})\s*$", re.MULTILINE | re.DOTALL)


def has_module(name: str, project: Project) -> bool:
    """Whether the environment's packages hold a top-level module of this name."""
    return any(name in listed for listed in listings(project))


def listings(project: Project) -> Iterator[Modules]:
    """What the folders of packages hold, then the folders that files in them add to the path."""
    folders = _package_folders(project)
    yield from map(modules_in, folders)
    for folder in folders:
        for added in _added_by(folder, modules_in(folder)):
            yield modules_in(added)


def _package_folders(project: Project) -> tuple[str, ...]:
    if project.python is not None:
        return _of_prefix(str(project.python.parent.parent), None)
    if project.root is not None:
        for name in _ENVIRONMENTS:
            prefix = os.path.join(project.root, name)  # noqa: PTH118 - on the hot path.
            try:
                settings = os.stat(os.path.join(prefix, "pyvenv.cfg"))  # noqa: PTH116, PTH118
            except OSError:
                continue
            return _of_prefix(prefix, settings.st_mtime_ns)
    return _of_this_interpreter()


@functools.cache
def _of_this_interpreter() -> tuple[str, ...]:
    paths = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()}
    return tuple(sorted(paths))


@functools.lru_cache(maxsize=16)
def _of_prefix(prefix: str, changed_ns: int | None) -> tuple[str, ...]:
    """The folders of an environment, and those of its base where it shows them."""
    prefixes = [Path(prefix)]
    settings = read_small(str(Path(prefix) / "pyvenv.cfg"))
    if re.search(r"(?im)^include-system-site-packages\s*=\s*true", settings):
        home = re.search(r"(?im)^home\s*=\s*(.+)$", settings)
        prefixes += [Path(home[1].strip()).parent] if home else []
    found: list[Path] = []
    for place in prefixes:
        for pattern in ("lib*/python*/site-packages", "lib/python*/dist-packages"):
            found += sorted(place.glob(pattern))
        found += [place / "Lib" / "site-packages"]
        if place == Path("/usr"):
            found += sorted(Path("/usr/local/lib").glob("python*/dist-packages"))
    return tuple(map(str, found))


@functools.lru_cache(maxsize=64)
def _added_by(folder: str, listed: Modules) -> tuple[str, ...]:
    """What `*.pth` and `*.egg-link` files and the finders of editable installs lead to."""
    added: list[str] = []
    for name in listed.path_files:
        path = os.path.join(folder, name)  # noqa: PTH118 - on the hot path.
        text = read_small(path)
        if name.endswith(".py"):
            added += _of_finder(text)
            continue
        for line in text.splitlines():
            if line and not line.startswith(("import ", "import\t", "#")):
                added.append(os.path.join(folder, line.strip()))  # noqa: PTH118
    return tuple(added)


def _of_finder(text: str) -> Iterator[str]:
    found = _MAPPING.search(text)
    if found is None:
        return
    try:
        mapping = ast.literal_eval(found[1])
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return
    if isinstance(mapping, dict):
        yield from {str(Path(path).parent) for path in mapping.values() if isinstance(path, str)}
