"""Programs as people and models write them when they do it right: they are to be left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from analyzers.check import scan

PROGRAMS = sorted((Path(__file__).parent / "secure").glob("*.py"))
# The first lines keep our own tools away from programs that import what is not installed.
HEADER_LINES = 2
MOST_WITH_A_FINDING = 0.08


def text_of(path: Path) -> str:
    return "".join(path.read_text().splitlines(keepends=True)[HEADER_LINES:])


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_secure_program_is_read_and_not_changed_or_withheld(path: Path) -> None:
    report = scan(text_of(path), "python")
    assert report.is_checked, report.why
    assert report.verdict in ("allow", "annotate"), report.findings


def test_hardly_any_secure_program_has_a_finding() -> None:
    assert len(PROGRAMS) >= 40
    said = {
        path.stem: [f.message for f in report.findings]
        for path in PROGRAMS
        if (report := scan(text_of(path), "python")).findings
    }
    assert len(said) <= MOST_WITH_A_FINDING * len(PROGRAMS), said
