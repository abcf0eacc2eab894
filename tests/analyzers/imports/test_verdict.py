"""How much is said about an unknown import depends on how much could be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.imports.verdict import unknown_module
from analyzers.project import Project

_WORLDS = ["nothing", "path", "root", "project"]


def _project(world: str, root: Path) -> Project:
    (root / "main.py").touch()
    if world == "project":
        (root / "pyproject.toml").touch()
    path = None if world == "nothing" else root / "main.py"
    return Project(path, root if world in ("root", "project") else None)


@pytest.mark.parametrize("world", _WORLDS)
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("os", [None, None, None, None]),
        ("flask", [None, None, None, None]),
        ("reqeusts", ["medium", "medium", "medium", "medium"]),
        ("pyyaml", ["medium", "medium", "medium", "medium"]),
        ("flask_quantum_guard", ["low", "low", "low", "medium"]),
        ("frobnicator", [None, "low", "low", "medium"]),
        ("my_frobnicator_utils", [None, None, None, "medium"]),
        ("openai_helpers", ["low", "low", "low", "medium"]),
        ("pandas_toolkit", ["low", "low", "low", "medium"]),
        ("flask_app", [None, "low", "low", "medium"]),
        ("redis_client", [None, "low", "low", "medium"]),
        ("requests_utils", [None, "low", "low", "medium"]),
        ("torch_fast_attention_utils", [None, "low", "low", "medium"]),
        ("fastjsonschemavalidatorpro", ["low", "low", "low", "medium"]),
        ("djanga", ["low", "low", "low", "medium"]),
        ("user_flask_utils", [None, None, None, "medium"]),
        ("config", [None, None, None, None]),
        ("helpers", [None, None, None, "medium"]),
        ("main", [None, None, None, None]),
    ],
)
def test_confidence_grows_with_what_is_seen(
    tmp_path: Path, world: str, name: str, said: list[str | None]
) -> None:
    verdict = unknown_module(name, _project(world, tmp_path))
    assert (verdict and verdict.confidence) == said[_WORLDS.index(world)]


def test_a_declared_dependency_is_known(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("frobnicator-client\n")
    project = Project(root=tmp_path)
    assert unknown_module("frobnicator_client", project) is None


def test_the_nearest_module_of_the_project_is_named(tmp_path: Path) -> None:
    project = _project("project", tmp_path)
    (tmp_path / "frobnicator.py").touch()
    verdict = unknown_module("frobnicatr", project)
    assert verdict is not None
    assert (verdict.kind, verdict.near) == ("unknown", "frobnicator")
