"""From findings and a policy to what may be offered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from analyzers.analysis import Looked
from analyzers.finding import Finding, Span
from analyzers.policy import DEFAULT, Policy
from analyzers.verdict import judged

SURE = Finding("r", 78, "high", "high", Span(0, 1), "bad")
WHOLE = Looked((), "whole file")


def test_what_is_grave_and_sure_is_withheld_with_its_message() -> None:
    report = judged((SURE, SURE), WHOLE, "x", DEFAULT)
    assert (report.verdict, report.text, report.why) == ("block", None, "bad")


@pytest.mark.parametrize(
    ("severity", "confidence", "action"),
    [("high", "medium", "fix"), ("medium", "high", "fix"), ("medium", "medium", "annotate")],
)
def test_the_rest_is_said_beside_the_text(severity: str, confidence: str, action: str) -> None:
    finding = replace(SURE, severity=severity, confidence=confidence)  # type: ignore[arg-type]
    report = judged((finding,), WHOLE, "x", DEFAULT)
    assert (report.verdict, report.text) == ("annotate", "x")
    assert report.findings[0].action == action


def test_nothing_found_in_what_was_read_is_allowed() -> None:
    assert judged((), WHOLE, "x", DEFAULT).verdict == "allow"


def test_a_rule_that_is_off_says_nothing() -> None:
    assert judged((SURE,), WHOLE, "x", Policy(rules={"r": "off"})).verdict == "allow"


def test_unchecked_text_is_withheld_or_marked_as_configured() -> None:
    unread = Looked((), "not checkable", "why", ("a: failed",))
    report = judged((), unread, "x", DEFAULT)
    assert (report.verdict, report.text, report.why) == ("block", None, "why")
    assert report.problems == ("a: failed",)
    assert not report.is_checked
    marked = judged((), unread, "x", Policy(unchecked="annotate"))
    assert (marked.verdict, marked.text) == ("annotate", "x")
    both = judged((SURE,), unread, "x", Policy(unchecked="annotate"))
    assert (both.verdict, both.why) == ("block", "bad; why")


def test_half_read_text_goes_by_a_policy_of_its_own() -> None:
    half = Looked((), "text only", "no analyzer")
    assert judged((), half, "x", DEFAULT).verdict == "annotate"
    assert judged((), half, "x", Policy(other_languages="block")).text is None
