"""Digests of converted files: whole ones on request, samples at every start."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.errors import ModelFileError
from codegen.store.integrity import RECORDS_NAME, check_samples, record_converted, sample_digest
from codegen.store.verify import hash_file

SIZE = 64 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A large sparse file with something at every byte that is looked at, and its record."""
    folder = tmp_path / "converted"
    folder.mkdir()
    path = folder / "weights"
    with path.open("wb") as file:
        file.truncate(SIZE)
        for start in range(0, SIZE, 1 << 20):
            file.seek(start)
            file.write(b"numbers" * 700)
    record_converted(folder, hash_file(path, lambda size: None))
    return folder


@pytest.mark.parametrize("start", [1 << 20, 33 << 20, SIZE - (5 << 20)])
def test_a_stretch_that_was_zeroed_anywhere_is_found(folder: Path, start: int) -> None:
    check_samples(folder)
    with (folder / "weights").open("r+b") as file:
        file.seek(start)
        file.write(bytes(5 << 20))
    with pytest.raises(ModelFileError, match="is not as it was made"):
        check_samples(folder)


def test_a_file_that_was_cut_or_is_gone_is_found(folder: Path) -> None:
    path = folder / "weights"
    with path.open("r+b") as file:
        file.truncate(SIZE - 1)
    with pytest.raises(ModelFileError):
        check_samples(folder)
    path.unlink()
    with pytest.raises(ModelFileError):
        check_samples(folder)


@pytest.mark.parametrize("record", [b"", b"[]", b'{"weights": 7}', b'{"weights": {"bytes": 1}}'])
def test_a_folder_without_samples_passes(folder: Path, record: bytes) -> None:
    (folder / RECORDS_NAME).write_bytes(record)
    check_samples(folder)


def test_an_empty_file_has_a_digest(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "one").write_bytes(b"1")
    assert sample_digest(tmp_path / "empty") != sample_digest(tmp_path / "one")
