"""The JSON document, the text and the exit levels of a review."""

from __future__ import annotations

from pathlib import Path

from analyzers.finding import Edit, Finding, Fix, Span, Step
from analyzers.report import Report
from analyzers.review.documents import is_at_least, json_document, summary, text_lines
from analyzers.review.reviewing import Reviewed
from analyzers.review.targets import Target

TEXT = "é = 1\nrun(é)\n"
STEP = Step(Span(0, 1), "from here")
FIX = Fix("remove it", (Edit(Span(6, 12), ""),))
FINDING = Finding(
    "weak-thing", 79, "high", "high", Span(10, 11), "bad \x1b[31m", (STEP,), FIX, "block"
)


def reviewed(*findings: Finding, level: str = "whole file", why: str = "") -> Reviewed:
    """A file `a.py` with these findings."""
    report = Report("annotate", findings, level, TEXT, why)  # type: ignore[arg-type]
    return Reviewed(Target(Path("a.py"), "a.py", "python"), TEXT, report)


def test_the_document_has_places_actions_and_fixes() -> None:
    document = json_document([reviewed(FINDING)], n_fixed=0)
    assert document == {
        "findings": [
            {
                "path": "a.py",
                "rule": "weak-thing",
                "cwe": 79,
                "severity": "high",
                "confidence": "high",
                "action": "block",
                "start": {"line": 2, "column": 4},
                "end": {"line": 2, "column": 5},
                "message": "bad \x1b[31m",
                "level": "whole file",
                "steps": [
                    {
                        "start": {"line": 1, "column": 0},
                        "end": {"line": 1, "column": 1},
                        "note": "from here",
                    }
                ],
                "fix": {
                    "title": "remove it",
                    "edits": [
                        {
                            "start": {"line": 2, "column": 0},
                            "end": {"line": 2, "column": 6},
                            "text": "",
                        }
                    ],
                },
            }
        ],
        "unchecked": [],
        "without_fix": [],
        "files": 1,
        "levels": {"whole file": 1},
        "fixed": 0,
    }


def test_what_was_not_read_is_listed_with_its_reason() -> None:
    one = reviewed(level="not checkable", why="too deep")
    document = json_document([one])
    assert document["unchecked"] == [{"path": "a.py", "level": "not checkable", "why": "too deep"}]
    assert list(text_lines([one])) == ["a.py: unchecked: too deep"]
    assert summary([one], None) == "1 file: no findings, 1 unchecked"


def test_text_counts_columns_from_one_and_cannot_steer_a_terminal() -> None:
    assert list(text_lines([reviewed(FINDING)])) == [
        "a.py:2:5: high weak-thing [CWE-79] bad \\x1b[31m",
        "    run(é)",
        "    from line 1: from here",
        "    fix: remove it",
    ]
    assert summary([reviewed(FINDING)], 2) == "1 file: 1 finding (1 high), 2 fixed"


def test_severities_are_ordered() -> None:
    assert is_at_least("high", "medium")
    assert is_at_least("low", "low")
    assert not is_at_least("low", "medium")
