"""Writing without leaving halves behind."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from codegen.errors import DiskFull, StoreError
from codegen.store.disk import (
    MARGIN_BYTES,
    disk_errors,
    folder_bytes,
    free_bytes,
    readable_bytes,
    remove_folder,
    require_free,
    require_writable,
    write_json,
)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
def test_a_full_disk_becomes_one_line_with_a_remedy(tmp_path: Path) -> None:
    with (
        pytest.raises(DiskFull, match="LEADSMAN_HOME"),
        disk_errors(tmp_path),
        Path("/dev/full").open("wb", buffering=0) as file,
    ):
        file.write(b"x")


def test_other_faults_of_the_system_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such folder"), disk_errors(tmp_path):
        (tmp_path / "no such folder" / "x").write_text("x")


def test_room_is_needed_for_the_margin_too(tmp_path: Path) -> None:
    require_free(tmp_path, 1000, lambda _: MARGIN_BYTES + 1000)
    with pytest.raises(DiskFull, match="67 MB free"):
        require_free(tmp_path, 1000, lambda _: MARGIN_BYTES + 999)


def test_free_room_is_told_for_a_folder_that_does_not_exist_yet(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "a" / "b") > 0


def test_a_document_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    write_json(path, {"old": 1})
    with pytest.raises(TypeError):
        write_json(path, {"new": object()})
    assert json.loads(path.read_text()) == {"old": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_is_measured_and_removed_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "x").write_bytes(b"12345")
    (tmp_path / "a" / "b" / "y").write_bytes(b"678")
    assert folder_bytes(tmp_path / "a") == 8
    remove_folder(tmp_path / "a")
    assert not (tmp_path / "a").exists()
    remove_folder(tmp_path / "a")
    assert folder_bytes(tmp_path / "a") == 0


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (491_400_064, "491 MB"), (31_400_000_000, "31.40 GB")],
)
def test_sizes_are_written_as_people_do(count: int, text: str) -> None:
    assert readable_bytes(count) == text


def test_where_a_file_stands_or_writing_is_forbidden_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_writable(tmp_path / "not" / "there")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file is not a folder; set LEADSMAN_HOME"):
        require_writable(tmp_path / "file" / "below")
    with pytest.raises(StoreError, match="File name too long; check its permissions"):
        require_writable(tmp_path / ("x" * 300))
    # Who runs the tests may write everywhere, so that the system's answer is played.
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    with pytest.raises(StoreError, match="cannot be written; check its permissions"):
        require_writable(tmp_path / "not" / "there")
