"""What an environment can import is told from its folders, whoever it belongs to."""

from __future__ import annotations

from pathlib import Path

from analyzers.imports.environment import has_module
from analyzers.project import Project


def _environment(at: Path, settings: str = "home = /nowhere/bin\n") -> Path:
    packages = at / "lib" / "python3.12" / "site-packages"
    packages.mkdir(parents=True)
    (at / "pyvenv.cfg").write_text(settings)
    return packages


def test_without_a_project_the_running_interpreter_is_asked() -> None:
    assert has_module("pytest", Project())
    assert not has_module("never_installed_anywhere", Project())


def test_the_interpreter_that_is_named_is_the_one_asked(tmp_path: Path) -> None:
    packages = _environment(tmp_path / "other")
    (packages / "only_there.py").touch()
    project = Project(python=tmp_path / "other" / "bin" / "python")
    assert has_module("only_there", project)
    assert not has_module("pytest", project)


def test_an_environment_in_the_root_is_found(tmp_path: Path) -> None:
    (_environment(tmp_path / ".venv") / "only_there").mkdir()
    assert has_module("only_there", Project(root=tmp_path))
    assert not has_module("pytest", Project(root=tmp_path))


def test_an_environment_that_shows_its_base_has_the_modules_of_both(tmp_path: Path) -> None:
    (_environment(tmp_path / "base") / "below.py").touch()
    settings = f"home = {tmp_path}/base/bin\ninclude-system-site-packages = true\n"
    (_environment(tmp_path / ".venv", settings) / "above.py").touch()
    project = Project(root=tmp_path)
    assert has_module("below", project)
    assert has_module("above", project)


def test_editable_installs_are_followed_and_no_line_of_a_path_file_runs(tmp_path: Path) -> None:
    packages = _environment(tmp_path / ".venv")
    source = tmp_path / "elsewhere" / "src"
    (source / "developed").mkdir(parents=True)
    (source / "found").mkdir()
    mark = tmp_path / "ran"
    (packages / "a.pth").write_text(f"import os; open({str(mark)!r}, 'w')\n{source}\n")
    project = Project(root=tmp_path)
    assert has_module("developed", project)
    (packages / "a.pth").unlink()
    (packages / "__editable___found_1_0_finder.py").write_text(
        f"open({str(mark)!r}, 'w')\nMAPPING: dict = {{'found': {str(source / 'found')!r}}}\n"
    )
    assert has_module("found", project)
    assert not mark.exists()


def test_a_finder_that_is_no_mapping_is_passed_over(tmp_path: Path) -> None:
    packages = _environment(tmp_path / ".venv")
    (packages / "__editable___x_finder.py").write_text("MAPPING = {1: open('x')}\n")
    (packages / "__editable___y_finder.py").write_text("MAPPING = {[]: 1}\n")
    assert not has_module("x", Project(root=tmp_path))
