"""Every kind of file that declares dependencies is read, and broken ones declare nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.imports.declared import modules
from analyzers.project import Project


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("requirements.txt", "acme-core>=1\n-r other.txt\n# acme-not\nPyYAML\n",
         {"acme_core", "yaml"}),
        ("requirements-dev.txt", "acme-dev[extra] ; python_version < '4'\n", {"acme_dev"}),
        ("dev-requirements.in", "-e git+ssh://x/y.git#egg=acme-git\n", {"acme_git"}),
        ("constraints.txt", "acme==1\n", {"acme"}),
        ("setup.py", "import x\nx.setup(install_requires=['acme>1'])", {"acme"}),
        ("setup.cfg", "[options]\ninstall_requires =\n  acme\n  other>2\n", {"acme", "other"}),
        ("setup.cfg", "[options.extras_require]\ndev = acme\n", {"acme"}),
        ("pyproject.toml", "[project]\nname='me'\ndependencies = ['acme~=1']", {"acme", "me"}),
        ("pyproject.toml", "[project.optional-dependencies]\nx = ['acme']", {"acme"}),
        ("pyproject.toml", "[dependency-groups]\ndev = ['acme', {include-group='y'}]", {"acme"}),
        ("pyproject.toml", "[build-system]\nrequires = ['acme']", {"acme"}),
        ("pyproject.toml", "[tool.poetry.dependencies]\nacme = '^1'", {"acme"}),
        ("pyproject.toml", "[tool.poetry.group.dev.dependencies]\nacme = {path='x'}", {"acme"}),
        ("Pipfile", "[packages]\nacme = '*'\n[dev-packages]\nother = '*'", {"acme", "other"}),
        ("environment.yml", "dependencies:\n  - conda-forge::acme=1\n  - pip:\n    - other==2\n",
         {"acme", "other"}),
        ("poetry.lock", '[[package]]\nname = "acme-deep"\nversion = "1"\n', {"acme_deep"}),
    ],
)  # fmt: skip
def test_dependencies_are_read(tmp_path: Path, name: str, text: str, expected: set[str]) -> None:
    (tmp_path / name).write_text(text)
    found = modules(Project(root=tmp_path))
    assert expected <= found
    assert "acme_not" not in found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[["),
        ("pyproject.toml", "a = " + "[" * 5000),
        ("pyproject.toml", "project = 1"),
        ("setup.py", "def ("),
        ("setup.py", "(" * 5000),
        ("setup.cfg", "x"),
        ("setup.cfg", "[a]\nb = %(c)s"),
        ("environment.yml", "\0"),
        ("requirements.txt", "==\n;;\n[]"),
    ],
)
def test_what_cannot_be_read_declares_nothing(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert modules(Project(root=tmp_path)) == frozenset()


def test_files_of_the_packages_of_a_larger_root_count_for_what_lies_in_them(tmp_path: Path) -> None:
    (tmp_path / "one" / "src").mkdir(parents=True)
    (tmp_path / "one" / "requirements.txt").write_text("acme\n")
    assert "acme" in modules(Project(tmp_path / "one" / "src" / "a.py", tmp_path))
    assert "acme" not in modules(Project(tmp_path / "two.py", tmp_path))
    assert "acme" not in modules(Project())


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("acme\n")
    assert "acme" in modules(Project(root=tmp_path))
    (tmp_path / "requirements.txt").write_text("other-project\n")
    assert "other_project" in modules(Project(root=tmp_path))
