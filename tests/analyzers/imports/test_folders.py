"""Listings are right, stay right when a folder changes, and read nothing that blocks."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from analyzers.imports import folders
from analyzers.imports.folders import modules_in, read_small


def _age(path: Path, seconds: int = 60) -> None:
    old = path.stat().st_mtime_ns - seconds * 1_000_000_000
    os.utime(path, ns=(old, old))


def test_modules_are_folders_and_files_that_python_could_import(tmp_path: Path) -> None:
    for name in ("one.py", "two.cpython-311-x86_64-linux-gnu.so", "three.pyi", "a.txt", "4.py"):
        (tmp_path / name).touch()
    (tmp_path / "four").mkdir()
    (tmp_path / "five-1.0.dist-info").mkdir()
    assert set(modules_in(str(tmp_path))) == {"one", "two", "three", "four"}


def test_a_changed_folder_is_listed_again_and_an_unchanged_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "one.py").touch()
    _age(tmp_path)
    first = modules_in(str(tmp_path))
    assert modules_in(str(tmp_path)) is first
    (tmp_path / "two.py").touch()
    assert "two" in modules_in(str(tmp_path))


def test_a_folder_that_has_just_changed_is_not_remembered(tmp_path: Path) -> None:
    """A second change in the same tick would not show in its time."""
    (tmp_path / "one.py").touch()
    future = (10**9) * 4_000_000_000
    os.utime(tmp_path, ns=(future, future))
    modules_in(str(tmp_path))
    (tmp_path / "two.py").touch()
    os.utime(tmp_path, ns=(future, future))
    assert "two" in modules_in(str(tmp_path))


def test_what_cannot_be_listed_holds_nothing(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", "\0", ""):
        assert set(modules_in(str(path))) == set()


def test_the_memory_for_listings_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "_MAX_FOLDERS", 3)
    monkeypatch.setattr(folders, "_seen", {})
    for number in range(10):
        (tmp_path / str(number)).mkdir()
        _age(tmp_path / str(number))
        modules_in(str(tmp_path / str(number)))
    assert len(folders._seen) == 3


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "requirements.txt")
    assert read_small(str(tmp_path / "requirements.txt")) == ""
    (tmp_path / "text").write_bytes(b"a\xff")
    assert read_small(str(tmp_path / "text")) == "a\ufffd"
    assert read_small(str(tmp_path / "absent")) == ""
