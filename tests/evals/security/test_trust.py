"""A finder is held against labels: by weakness, by line, and by whether it read the file at all."""

from __future__ import annotations

import pytest

from evals.security.cwe import same_weakness
from evals.security.finding import Finding, Scan, Span
from evals.security.labels import Fragment, Label, LabelledFile
from evals.security.trust import judge_files, judge_fragments
from evals.security.trust_figures import (
    file_metrics,
    file_table,
    fragment_metrics,
    fragment_table,
)


def scripted(text: str, span: Span | None, language: str) -> Scan:
    """Texts say themselves what is found: CWE numbers, or nothing for what cannot be read."""
    if text == "unreadable":
        return Scan((), "unchecked", "dark")
    found = [
        Finding("R", int(word), line, 0, line, len(words))
        for line, words in enumerate(text.split("\n"), start=1)
        for word in words.split()
        if word.isdecimal()
    ]
    return Scan(tuple(found), "whole file")


def labelled(test: str, is_vulnerable: bool, text: str | None, cwe: int = 89) -> LabelledFile:
    return LabelledFile(Label(test, f"c{cwe}", is_vulnerable, cwe), text, "no such file")


FILES = [
    labelled("found", True, "89"),
    labelled("missed", True, "78"),
    labelled("gone", True, None),
    labelled("alarm", False, "89"),
    labelled("clean", False, "79"),
    labelled("dark", False, "unreadable"),
    labelled("other", True, "327", 328),
    labelled("other clean", False, "", 328),
]


def test_each_file_gets_its_verdict_and_no_unread_one_passes() -> None:
    verdicts = judge_files(scripted, FILES, "low", quiet=True)
    told = {v.file.label.test: (v.verdict().passed, v.verdict().reason) for v in verdicts}
    assert told == {
        "found": (True, "found"),
        "missed": (False, "missed"),
        "gone": (False, "unchecked"),
        "alarm": (False, "false alarm"),
        "clean": (True, "clean"),
        "dark": (False, "unchecked"),
        "other": (True, "found"),
        "other clean": (True, "clean"),
    }


def test_the_figures_are_those_of_the_hand_made_table() -> None:
    verdicts = judge_files(scripted, FILES, "low", quiet=True)
    figures = file_metrics(verdicts)
    assert figures["c89 true positive rate"] == pytest.approx(1 / 3)
    assert figures["c89 false positive rate"] == pytest.approx(1 / 3)
    assert figures["youden_mean"] == pytest.approx((0 + 1) / 2)
    assert figures["youden_mean_strict"] == pytest.approx((1 / 3 - 2 / 3 + 1) / 2)
    assert figures["youden_pooled"] == pytest.approx(2 / 4 - 1 / 4)
    assert "+0.500" in file_table(verdicts)


def test_findings_below_the_asked_severity_do_not_accuse() -> None:
    (verdict,) = judge_files(scripted, FILES[:1], "high", quiet=True)
    assert verdict.verdict().reason == "missed"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("\n78\n", "found"),
        ("78\n\n", "elsewhere"),
        ("\n89\n", "missed"),
        ("unreadable", "unchecked"),
    ],
)
def test_a_fragment_is_found_by_weakness_and_line(text: str, reason: str) -> None:
    fragment = Fragment("f/1", text, "python", 78, 2, 2)
    verdicts = judge_fragments(scripted, [fragment], "low", quiet=True)
    assert verdicts[0].verdict().reason == reason
    assert verdicts[0].verdict().passed == (reason == "found")
    assert fragment_metrics(verdicts)["found_on_line"] == float(reason == "found")
    assert "CWE-78" in fragment_table(verdicts)


def test_a_finding_over_several_lines_touches_each() -> None:
    def over(text: str, span: Span | None, language: str) -> Scan:
        return Scan((Finding("R", 78, 1, 0, 3, 0),), "whole file")

    def is_found(line: int) -> bool:
        fragment = Fragment("f/1", "", "python", 78, line, line)
        return judge_fragments(over, [fragment], "low", quiet=True)[0].is_exact

    assert [is_found(line) for line in (1, 2, 3)] == [True, True, False]


def test_numbers_of_one_weakness_answer_each_other_and_no_others() -> None:
    assert same_weakness(327, 328)
    assert same_weakness(94, 1336)
    assert same_weakness(4242, 4242)
    assert not same_weakness(78, 89)
    assert not same_weakness(None, 89)
