"""A project's own modules are seen wherever they lie, and a walk that was cut short says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.imports import workspace
from analyzers.imports.workspace import has_module, is_whole, missing_sibling
from analyzers.project import Project


def _write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


@pytest.mark.parametrize(
    "name", ["top", "package", "inner", "beside", "deep", "compiled", "generated"]
)
def test_modules_are_found(tmp_path: Path, name: str) -> None:
    _write(
        tmp_path, "top.py", "src/package/__init__.py", "src/package/inner.py", "a/b/beside.py",
        "tools/x/y/deep/__init__.py", "compiled.pyx", "lib/generated.pyi",
    )  # fmt: skip
    assert has_module(name, Project(tmp_path / "a" / "b" / "c.py", tmp_path))


def test_without_a_root_only_the_neighbours_are_seen(tmp_path: Path) -> None:
    _write(tmp_path, "a/beside.py", "above.py")
    project = Project(tmp_path / "a" / "c.py")
    assert has_module("beside", project)
    assert not has_module("above", project)
    assert not has_module("beside", Project())


def test_a_root_is_whole_when_it_is_a_project_and_the_walk_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path, "a/b/c/d.py")
    assert not is_whole(Project(root=tmp_path))
    _write(tmp_path, "pyproject.toml")
    assert is_whole(Project(root=tmp_path))
    assert not is_whole(Project())
    monkeypatch.setattr(workspace, "_indices", {})
    monkeypatch.setattr(workspace, "_MAX_FOLDERS", 2)
    assert not is_whole(Project(root=tmp_path))


def test_the_deepest_folders_are_left_out_and_then_the_root_is_not_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workspace, "_indices", {})
    monkeypatch.setattr(workspace, "_MAX_DEPTH", 2)
    _write(tmp_path, "pyproject.toml", "a/b/c/far.py")
    assert not is_whole(Project(root=tmp_path))


def test_only_few_roots_are_remembered(tmp_path: Path) -> None:
    for number in range(20):
        _write(tmp_path, f"{number}/one.py")
        assert has_module("one", Project(root=tmp_path / str(number)))
    assert len(workspace._indices) <= 8


def test_a_relative_import_is_resolved_in_its_package(tmp_path: Path) -> None:
    _write(tmp_path, "p/__init__.py", "p/one.py", "p/q/__init__.py", "p/q/two.py", "p/r/three.py")
    project = Project(tmp_path / "p" / "q" / "here.py", tmp_path)
    assert missing_sibling("two", 1, project) is None
    assert missing_sibling("one", 2, project) is None
    assert missing_sibling("q.two", 2, project) is None
    assert missing_sibling("one", 1, project) == tmp_path / "p" / "q"
    assert missing_sibling("q.one", 2, project) == tmp_path / "p" / "q"
    assert missing_sibling("r.four", 2, project) is None
    assert missing_sibling("x", 9, Project(Path("/here.py"))) is None
    assert missing_sibling("", 1, project) is None
    assert missing_sibling("x", 1, Project()) is None
