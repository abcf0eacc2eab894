"""A file is the old one or the new one, whatever happens in between."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from evals.atomic import check_folder, check_writable, write_text
from evals.errors import OutputError

_ROOT = Path(__file__).parents[2]


def test_text_replaces_the_file_with_the_rights_of_any_new_file(tmp_path: Path) -> None:
    path, plain = tmp_path / "a", tmp_path / "plain"
    path.write_text("old")
    plain.touch()
    write_text(path, "new é\n")
    assert path.read_bytes() == "new é\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_kill_in_the_middle_leaves_the_old_text(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    # The process kills itself when the new text is about to be flushed to disk.
    program = (
        "import os, signal, sys; from pathlib import Path; from evals import atomic\n"
        "atomic.os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "atomic.write_text(Path(sys.argv[1]), 'new' * 100000)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(path)], cwd=_ROOT, check=False)
    assert ran.returncode == -9
    assert path.read_text() == "old"


def test_two_writers_at_once_leave_one_whole_text(tmp_path: Path) -> None:
    path = tmp_path / "a"
    program = (
        "import sys; from pathlib import Path; from evals.atomic import write_text\n"
        "for _ in range(40): write_text(Path(sys.argv[1]), sys.argv[2] * 50000)\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-c", program, str(path), letter], cwd=_ROOT)
        for letter in "ab"
    ]
    seen: set[str] = set()
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            seen.add(path.read_text())
    assert [writer.wait() for writer in writers] == [0, 0]
    seen.add(path.read_text())
    assert seen <= {"a" * 50000, "b" * 50000}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    really_open = Path.open

    def fill(*_: object, **__: object) -> object:
        return really_open(Path("/dev/full"), "w", encoding="utf-8")

    monkeypatch.setattr(Path, "open", fill)
    with pytest.raises(OutputError, match="No space left on device; name another place") as raised:
        write_text(path, "new")
    monkeypatch.undo()
    assert "\n" not in str(raised.value)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_checks_leave_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "a")
    check_folder(tmp_path / "b" / "c")
    assert [path.name for path in tmp_path.rglob("*")] == ["b", "c"]


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder; name a file in it"):
        check_writable(tmp_path)


def test_what_a_link_points_to_is_replaced_and_not_the_link(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    check_writable(link)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        check_writable(pipe)
        write_text(pipe, "new")
        assert os.read(reader, 9) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()
