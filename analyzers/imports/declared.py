"""What a project says that it depends on, read from every kind of file that says so."""

from __future__ import annotations

import ast
import configparser
import fnmatch
import os
import re
import tomllib
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from analyzers.imports.catalogue import imports_of
from analyzers.imports.folders import read_small
from analyzers.project import Project

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:[\[<>=!~;@ ,]|$)")
_LOCKED = re.compile(r"""^\s*(?:name = |"name": )"([A-Za-z0-9._-]+)""", re.MULTILINE)
_EGG = re.compile(r"#egg=([A-Za-z0-9._-]+)")
_MAX_FILES = 256
_Reader = Callable[[str], Iterator[str]]
_read: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}


def modules(project: Project) -> frozenset[str]:
    """The modules of the projects that the files in the root and above the text declare."""
    found: set[str] = set()
    for folder in _folders(project):
        try:
            names = os.listdir(folder)  # noqa: PTH208 - names alone are wanted.
        except OSError:
            continue
        for name in names:
            read = _reader(name)
            if read is not None:
                found |= _modules_of(os.path.join(folder, name), read)  # noqa: PTH118
    return frozenset(found)


def _folders(project: Project) -> list[str]:
    root = project.root
    if root is None:
        return [] if project.path is None else [str(project.path.parent)]
    folders = [str(root), str(root / "requirements")]
    if project.path is not None:
        folders += [str(above) for above in project.path.parents if root in above.parents]
    return folders


def _modules_of(path: str, read: _Reader) -> frozenset[str]:
    try:
        status = os.stat(path)  # noqa: PTH116 - on the hot path.
    except OSError:
        return frozenset()
    changed = status.st_mtime_ns, status.st_size
    seen = _read.get(path)
    if seen is None or seen[0] != changed:
        projects = set(read(read_small(path)))
        seen = changed, frozenset(name for project in projects for name in imports_of(project))
        if len(_read) >= _MAX_FILES:
            _read.clear()
        _read[path] = seen
    return seen[1]


def _reader(name: str) -> _Reader | None:
    return next((read for form, read in _READERS.items() if fnmatch.fnmatch(name, form)), None)


def _of_requirements(text: str) -> Iterator[str]:
    for line in text.splitlines():
        egg = _EGG.search(line)
        if egg:
            yield egg[1]
        elif not line.lstrip().startswith(("-", "#", ".")):
            yield from _named(line.partition("#")[0])


def _of_toml(text: str) -> Iterator[str]:
    """Every requirement and every key below a key that speaks of dependencies or packages."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    about = document.get("project")
    if isinstance(about, dict):
        yield from _named(str(about.get("name", "")))
    yield from _below(document, False)


def _below(node: Any, is_wanted: bool) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if is_wanted and not isinstance(value, list):
                yield from _named(key)
            says_so = re.search("dependenc|packages|requires|^dev$|^default$", key) is not None
            yield from _below(value, is_wanted or says_so)
    elif isinstance(node, list):
        for value in node:
            yield from _below(value, is_wanted)
    elif is_wanted and isinstance(node, str):
        yield from _named(node)


def _of_settings(text: str) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return
    for section in parser.sections():
        for key, value in parser[section].items():
            if key.endswith("_requires") or section == "options.extras_require":
                yield from _of_requirements(value or "")


def _of_setup(text: str) -> Iterator[str]:
    """Every string that could be a requirement: lists of them are built in too many ways."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _of_requirements(node.value)


def _of_conda(text: str) -> Iterator[str]:
    for line in re.findall(r"^\s*-\s*(.+)$", text, re.MULTILINE):
        yield from _named(line.strip().rpartition("::")[2].strip("\"'"))


def _of_lock(text: str) -> Iterator[str]:
    yield from _LOCKED.findall(text)


def _named(requirement: str) -> Iterator[str]:
    found = _REQUIREMENT.match(requirement)
    if found:
        yield found[1]


_READERS: dict[str, _Reader] = {
    "pyproject.toml": _of_toml,
    "Pipfile": _of_toml,
    "setup.cfg": _of_settings,
    "setup.py": _of_setup,
    "*requirements*.txt": _of_requirements,
    "*requirements*.in": _of_requirements,
    "*constraints*.txt": _of_requirements,
    "environment*.y*ml": _of_conda,
    "conda*.y*ml": _of_conda,
    "meta.yaml": _of_conda,
    "poetry.lock": _of_lock,
    "uv.lock": _of_lock,
    "pdm.lock": _of_lock,
}
