"""Fixes are written whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.report import Report
from analyzers.review.errors import ReviewError
from analyzers.review.fixing import _write, applied
from analyzers.review.reviewing import Reviewed
from analyzers.review.targets import Target


def _finding(*edits: Edit) -> Finding:
    fix = Fix("fix", edits) if edits else None
    return Finding("r", 1, "low", "low", Span(0, 1), "m", fix=fix)


def test_edits_are_made_from_the_back_and_shared_ones_once() -> None:
    top = Edit(Span(0, 0), "import os\n")
    one = _finding(top, Edit(Span(2, 3), "B"))
    two = _finding(top, Edit(Span(6, 7), "DD"))
    assert applied("a b c d", [one, two, _finding()]) == "import os\na B c DD"


def test_of_overlapping_fixes_the_first_is_made() -> None:
    one, two = (
        _finding(Edit(Span(0, 3), "x")),
        _finding(Edit(Span(2, 5), "y"), Edit(Span(6, 7), "z")),
    )
    assert applied("abcdefg", [one, two]) == "xdefg"


def _reviewed(path: Path, text: str) -> Reviewed:
    report = Report("allow", (), "whole file", text)
    return Reviewed(Target(path, path.name, "python"), text, report)


def test_a_file_keeps_its_mode_its_mark_and_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfa = 1\r\n")
    path.chmod(0o751)
    link = tmp_path / "link.py"
    link.symlink_to(path)
    _write(_reviewed(link, "a = 1\r\n"), "a = 2\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbfa = 2\r\n"
    assert path.stat().st_mode & 0o777 == 0o751
    assert link.is_symlink()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.py", "link.py"]


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("a = 3\n")
    with pytest.raises(ReviewError, match="changed while"):
        _write(_reviewed(path, "a = 1\n"), "a = 2\n")
    assert path.read_text() == "a = 3\n"


def test_a_file_in_another_encoding_is_not_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    data = "# coding: latin-1\nx = 'é'\n".encode("latin-1")
    path.write_bytes(data)
    with pytest.raises(ReviewError, match="not UTF-8"):
        _write(_reviewed(path, data.decode("latin-1")), data.decode("latin-1") + "y = 1\n")
    assert path.read_bytes() == data


def test_a_file_that_cannot_be_written_is_said_and_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.py"
    path.write_text("a = 1\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ReviewError, match=r"No space left.*unchanged"):
        _write(_reviewed(path, "a = 1\n"), "a = 2\n")
    assert [p.name for p in tmp_path.iterdir()] == ["a.py"]
    assert path.read_text() == "a = 1\n"
