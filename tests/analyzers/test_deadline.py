"""What a deadline allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers import incremental, prefixes
from analyzers.check import Insertion, check, check_prefixes
from analyzers.deadline import Deadline, TooSlow
from analyzers.finding import Span
from analyzers.incremental import Place
from analyzers.mending import judged_or_mended
from analyzers.policy import Policy
from analyzers.report import Report

_SECRET = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0uVwXy"


def test_a_deadline_that_has_passed_says_what_it_was() -> None:
    over = Deadline.after(-1)
    with pytest.raises(TooSlow, match="not done within -1 s"):
        over.check()
    Deadline.after(60).check()


def test_more_time_is_more_text() -> None:
    assert 0 < Deadline.after(0.5).most_chars * 2 == Deadline.after(1).most_chars


@pytest.mark.parametrize("language", ["python", "javascript"])
@pytest.mark.parametrize("is_inserted", [True, False])
def test_what_could_not_be_read_in_time_is_not_begun_with(language: str, is_inserted: bool) -> None:
    """Whether it is inserted or stands around what is; what needs no tree is found all the same."""
    large = f"f(a{' + a' * 80_000}); "
    key = f'k = "ghp_{_SECRET}"; '
    document, inserted = ("", large + key) if is_inserted else (large, key)
    report = check(document, Insertion(Span(0, 0), inserted), language)
    assert report.level == "not checkable"
    assert "can be read within 0.5 s" in report.why
    assert [finding.rule for finding in report.findings] == ["exposed-secret"]


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_beginnings_that_there_is_no_time_for_leave_the_whole_unchecked(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    insertion = Insertion(Span(0, 0), "total = eval(first + second)\n")
    policy = Policy(rules={"code-injection": "annotate", "js-code-injection": "block"})
    text = insertion if language == "python" else replace(insertion, text="eval.name(`a`)\n")
    assert check_prefixes("", text, language, policy).level == "whole file"

    def judged(place: Place, policy: Policy) -> tuple[Report, Place]:
        found = judged_or_mended(place, policy)
        monkeypatch.setattr(Deadline, "check", _too_slow)
        return found

    monkeypatch.setattr(prefixes, "judged_or_mended", judged)
    late = check_prefixes("", text, language, policy)
    assert late.level == "not checkable"
    assert late.problems == ("the beginnings are too slow: not done within 0.5 s",)


def _too_slow(deadline: Deadline) -> None:
    raise TooSlow(deadline.why)


def test_no_question_is_answered_after_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is not even parsed."""
    monkeypatch.setattr(Deadline, "is_over", True)
    monkeypatch.setattr(incremental, "read", None)
    report = check("", Insertion(Span(0, 0), "x = 1\n"), "python")
    assert report.level == "not checkable"
    assert report.problems == ("too slow: not done within 0.5 s",)
