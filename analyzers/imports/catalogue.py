"""The modules that everybody knows: the standard library of every version, and popular projects'.

Shipped lists in `data/` say it: `popular_projects.txt` the names of the package registry's most
downloaded projects, `import_names.txt` what a project is imported as where its name does not say
so, `other_versions.txt` what this Python's own list lacks.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_DATA = Path(__file__).parent / "data"
# What code for other versions imports: modules of Python 2, then those that Python 3 has lost, then
# those that came after 3.11.
# An import name and the project's name differ by one of these, and both are seen.
_AFFIXES = (
    "python_{}", "py{}", "py_{}", "{}_python", "{}_py", "{}py", "lib{}", "{}lib", "{}_sdk",
    "{}_client", "{}_orm", "{}_tools",
)  # fmt: skip


@functools.cache
def standard() -> frozenset[str]:
    """The top-level modules of the standard library, of any version of Python."""
    other = (name for line in _lines("other_versions.txt") for name in line.split())
    return frozenset((*sys.stdlib_module_names, "__future__", "__main__", *other))


@functools.cache
def own_words() -> frozenset[str]:
    """Words that people call the modules of their own programs by."""
    return frozenset(word for line in _lines("own_names.txt") for word in line.split())


def is_known(name: str) -> bool:
    """Whether a top-level module of this name is in the standard library or a popular project."""
    if name in standard() or name in _explicit_imports():
        return True
    low = name.lower() or "?"
    plain = _derived_imports()
    return low in plain or any(form.format(low) in plain for form in _AFFIXES)


def imports_of(project: str) -> tuple[str, ...]:
    """The top-level modules of a project, by its name; a guess for one that is not listed."""
    key = normalized(project)
    listed = _listed()
    if key in listed:
        return listed[key]
    derived = key.replace("-", "_")
    stripped = (derived.removeprefix("python_"), derived.removesuffix("_python"))
    prefixed = (names for prefix, names in _families() if key.startswith(prefix))
    return tuple(dict.fromkeys((derived, *stripped, *next(prefixed, ()))))


def listed_imports_of(module: str) -> tuple[str, ...]:
    """The modules of the project whose name somebody wrote for a module: `yaml` for "pyyaml"."""
    listed = _listed()
    for form in (module, f"python_{module}"):
        found = listed.get(normalized(form.replace("_", "-")))
        if found:
            return found
    return ()


@functools.cache
def popular_imports(count: int) -> tuple[str, ...]:
    """The modules of the `count` most downloaded projects, most downloaded first."""
    projects = _popular_projects()[:count]
    listed = _listed()
    names = (listed.get(name) or (name.replace("-", "_"),) for name in projects)
    return tuple(dict.fromkeys(name for group in names for name in group))


def normalized(project: str) -> str:
    """A project's name as the registry compares it. Source: PEP 503."""
    return re.sub(r"[-_.]+", "-", project).lower()


@functools.cache
def _popular_projects() -> tuple[str, ...]:
    return tuple(_lines("popular_projects.txt"))


@functools.cache
def _listed() -> dict[str, tuple[str, ...]]:
    split = (line.split() for line in _lines("import_names.txt"))
    return {project: tuple(modules) for project, *modules in split if not project.endswith("*")}


@functools.cache
def _families() -> tuple[tuple[str, tuple[str, ...]], ...]:
    split = (line.split() for line in _lines("import_names.txt"))
    return tuple((name[:-1], tuple(modules)) for name, *modules in split if name.endswith("*"))


@functools.cache
def _explicit_imports() -> frozenset[str]:
    named = (name for names in _listed().values() for name in names)
    return frozenset((*named, *(name for _, names in _families() for name in names)))


@functools.cache
def _derived_imports() -> frozenset[str]:
    listed = _listed()
    return frozenset(name.replace("-", "_") for name in _popular_projects() if name not in listed)


def _lines(name: str) -> Iterator[str]:
    text = (_DATA / name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
