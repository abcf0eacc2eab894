"""Files are read in order, in one process or in several, and what cannot be read is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.review import reviewing
from analyzers.review.reviewing import Job, changed_part, review, review_target
from analyzers.review.targets import MOST_BYTES, Target

JOB = Job(Policy(), Project())
GUARD = "def f(user):\n    assert user.is_admin\n"


def _target(path: Path, text: str | bytes, before: str | None = None) -> Target:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Target(path, path.name, "python", before)


def test_a_file_has_its_findings(tmp_path: Path) -> None:
    one = review_target(_target(tmp_path / "a.py", GUARD), JOB)
    assert [finding.rule for finding in one.report.findings] == ["assert-guard"]


def test_of_a_change_only_what_is_new_counts(tmp_path: Path) -> None:
    text = GUARD + "\n\ndef g(user):\n    assert user.is_staff\n"
    one = review_target(_target(tmp_path / "a.py", text, before=GUARD), JOB)
    assert [text[f.span.start : f.span.end] for f in one.report.findings] == [
        "assert user.is_staff"
    ]
    same = review_target(_target(tmp_path / "b.py", "\n\n" + GUARD, before=GUARD), JOB)
    assert same.report.findings == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"x = '\xff'", "not text"), (b"x" * (MOST_BYTES + 1), "bytes; at most")],
)
def test_what_cannot_be_read_is_unchecked(tmp_path: Path, data: bytes, why: str) -> None:
    one = review_target(_target(tmp_path / "a.py", data), JOB)
    assert not one.report.is_checked
    assert why in one.report.why


def test_a_pipe_and_a_missing_file_are_unchecked_and_nothing_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    pipe = review_target(Target(tmp_path / "pipe.py", "pipe.py", "python"), JOB)
    assert pipe.report.why == "not a regular file"
    gone = review_target(Target(tmp_path / "gone.py", "gone.py", "python"), JOB)
    assert "No such file" in gone.report.why


def test_several_processes_give_what_one_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    targets = [_target(tmp_path / f"{n}.py", GUARD * (n % 3)) for n in range(9)]
    monkeypatch.setattr(reviewing, "_BYTES_THAT_PAY_A_PROCESS", 10**9)
    ticks: list[int] = []
    alone = list(review(targets, JOB, lambda: ticks.append(1)))
    monkeypatch.setattr(reviewing, "_BYTES_THAT_PAY_A_PROCESS", 1)
    assert list(review(targets, JOB)) == alone
    assert len(ticks) == 9
    assert sum(len(one.report.findings) for one in alone) == 9


@given(st.text("ab\n\r", max_size=30), st.text("ab\n\r", max_size=30))
def test_the_changed_part_makes_one_text_of_the_other(before: str, after: str) -> None:
    insertion = changed_part(before, after)
    assert insertion.applied(before) == after
    if before == after:
        assert insertion.text == ""
