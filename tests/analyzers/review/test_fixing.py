"""Fixes are written whole, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.report import Report
from analyzers.review.errors import ReviewError
from analyzers.review.fixing import _write, fix_file
from analyzers.review.reviewing import Job, Reviewed, review_target
from analyzers.review.targets import Target

JOB = Job(Policy(), Project())
GUARD = "def f(user):\n    assert user.is_admin\n    return 1\n"


def _target(path: Path, text: str, before: str | None = None) -> Target:
    path.write_text(text)
    return Target(path, path.name, "python", before)


def test_a_fix_is_made_and_what_is_left_is_told(tmp_path: Path) -> None:
    reviewed = review_target(_target(tmp_path / "a.py", GUARD), JOB)
    fixed = fix_file(reviewed, JOB)
    assert fixed.n_fixed == 1
    assert fixed.reviewed.report.findings == ()
    text = (tmp_path / "a.py").read_text()
    assert "if not user.is_admin:\n        raise PermissionError" in text
    assert text == fixed.reviewed.text


def test_what_a_rule_is_not_sure_of_is_left_to_a_person(tmp_path: Path) -> None:
    text = "def roll():\n    return random.random()\n"
    reviewed = review_target(_target(tmp_path / "a.py", text), JOB)
    assert [finding.confidence for finding in reviewed.report.findings] == ["low"]
    assert fix_file(reviewed, JOB).n_fixed == 0
    assert (tmp_path / "a.py").read_text() == text


def test_of_a_change_only_what_is_new_is_fixed(tmp_path: Path) -> None:
    text = GUARD + GUARD.replace("f(", "g(").replace("is_admin", "is_staff")
    fixed = fix_file(review_target(_target(tmp_path / "a.py", text, before=GUARD), JOB), JOB)
    assert fixed.n_fixed == 1
    assert (tmp_path / "a.py").read_text().startswith(GUARD)


def test_low_findings_are_shown_and_not_fixed(tmp_path: Path) -> None:
    text = "import socket\n\ns = socket.socket()\ns.bind(('0.0.0.0', 80))\n"
    reviewed = review_target(_target(tmp_path / "a.py", text), JOB)
    assert {finding.severity for finding in reviewed.report.findings} == {"low"}
    assert fix_file(reviewed, JOB).n_fixed == 0


def test_lines_that_end_in_carriage_returns_get_no_fixes(tmp_path: Path) -> None:
    reviewed = review_target(_target(tmp_path / "a.py", GUARD.replace("\n", "\r")), JOB)
    assert [finding.fix for finding in reviewed.report.findings] == [None]


@pytest.mark.parametrize("how", ["read-only", "other names"])
def test_a_file_that_should_not_be_replaced_is_left_and_says_why(tmp_path: Path, how: str) -> None:
    target = _target(tmp_path / "a.py", GUARD)
    if how == "read-only":
        target.path.chmod(0o444)
    else:
        (tmp_path / "b.py").hardlink_to(target.path)
    fixed = fix_file(review_target(target, JOB), JOB)
    assert fixed.n_fixed == 0
    assert how in fixed.why_not
    assert target.path.read_text() == GUARD


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


def test_what_hardly_matters_is_shown_and_not_fixed(tmp_path: Path) -> None:
    """A server in a container listens on every address on purpose."""
    text = "import socket\n\ns = socket.socket()\ns.bind(('0.0.0.0', 80))\n"
    reviewed = review_target(_target(tmp_path / "a.py", text), JOB)
    assert [finding.severity for finding in reviewed.report.findings] == ["low"]
    assert reviewed.report.findings[0].fix is not None
    assert fix_file(reviewed, JOB).n_fixed == 0
    assert (tmp_path / "a.py").read_text() == text
