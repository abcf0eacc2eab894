"""Files are replaced whole, and what a kill leaves is taken away."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from analyzers.review.replacing import replace_bytes, sweep

_KILLED = """
import os, signal, sys
from pathlib import Path
from analyzers.review import replacing
os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
replacing.replace_bytes(Path(sys.argv[1]), b"new")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.py"
    path.write_bytes(b"old")
    path.chmod(0o640)
    return path


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_gets_other_bytes_and_keeps_its_mode(file: Path) -> None:
    replace_bytes(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640
    assert _names(file.parent) == ["a.py"]


def test_a_kill_in_the_middle_loses_nothing_and_the_next_run_cleans_up(file: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(file)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert file.read_bytes() == b"old"
    assert len(_names(file.parent)) == 2
    replace_bytes(file, b"new")
    assert file.read_bytes() == b"new"
    assert _names(file.parent) == ["a.py"]


def test_what_another_run_is_writing_stays(file: Path) -> None:
    theirs = file.parent / ".b.py.x1.leadsman"
    with theirs.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        replace_bytes(file, b"new")
        assert theirs.exists()
    sweep(file.parent)
    assert not theirs.exists()


def test_only_what_is_ours_is_taken_away(file: Path) -> None:
    names = ["a.leadsman", ".leadsmanrc", "b.py"]
    for name in names:
        (file.parent / name).touch()
    (file.parent / ".link.leadsman").symlink_to(file)
    os.mkfifo(file.parent / ".pipe.leadsman.py")
    sweep(file.parent)
    assert {*names, ".link.leadsman", ".pipe.leadsman.py"} <= {*_names(file.parent)}


def test_a_disk_that_is_full_leaves_the_file_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_bytes(file, b"new")
    assert file.read_bytes() == b"old"
    assert _names(file.parent) == ["a.py"]
