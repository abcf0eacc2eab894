"""Only what an insertion brings is counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from evals.security.bandit_finder import find
from evals.security.finding import Finding, Scan, Span, span_of
from evals.security.insertion import Insertion, findings_of_insertion


def rules(before: str, inserted: str, behind: str = "") -> list[str]:
    insertion = Insertion(before + behind, len(before), inserted, "python")
    return [finding.rule for finding in findings_of_insertion(find, insertion).findings]


def test_a_finding_in_the_insertion_counts() -> None:
    assert rules("def f(a):\n", "    return eval(a)\n", "\nb = 1\n") == ["B307"]


def test_a_finding_outside_of_it_does_not() -> None:
    assert rules("eval(a)\n", "b = 1\n", "eval(c)\n") == []


def test_one_that_was_there_and_encloses_the_insertion_does_not() -> None:
    # Bandit accuses the whole definition for the default, and the definition grows.
    before = "def f(password='hunter2'):\n    a = 1\n"
    assert "B107" in [finding.rule for finding in find(before, None, "python").findings]
    assert rules(before, "    b = 2\n", "    return b\n") == []


def test_one_that_the_insertion_completes_counts_though_it_begins_before() -> None:
    before, behind = "import subprocess\nsubprocess.call(a, ", ")\n"
    assert "B602" in rules(before, "shell=True", behind)
    assert "B602" not in rules(before, "shell=False", behind)


def test_one_more_of_a_kind_that_was_there_counts() -> None:
    assert rules("eval(a)\n", "eval(a)\n", "eval(a)\n") == ["B307"]


def test_half_typed_documents_are_read_around_the_insertion() -> None:
    assert rules("    def f(self):\n        try:\n", "            exec(a)\n") == ["B102"]


LINES = st.lists(
    st.sampled_from(["a = '😀'", "eval(a)", "b = 'é😀'; eval(b)", "# 😀", "", "c = 1"]), max_size=4
)


@given(LINES, LINES.filter(lambda lines: any(lines)), LINES, st.sampled_from(["\n", "\r\n"]))
def test_counts_hold_under_astral_characters_and_crlf(
    above: list[str], inserted: list[str], below: list[str], end: str
) -> None:
    before, text, behind = (
        "".join(line + end for line in part) for part in (above, inserted, below)
    )
    insertion = Insertion(before + behind, len(before), text, "python")
    scan = findings_of_insertion(find, insertion)
    assert len(scan.findings) == text.count("eval(")
    for finding in scan.findings:
        span = span_of(finding, insertion.after)
        assert insertion.after[span.start : span.end].startswith("eval(")
        assert insertion.span.start <= span.start < insertion.span.end


def test_the_span_is_where_the_text_is() -> None:
    insertion = Insertion("a😀b", 2, "xy", "python")
    assert insertion.after == "a😀xyb"
    assert insertion.span == Span(2, 4)


def test_a_finding_that_appears_elsewhere_does_not_count() -> None:
    def startled(text: str, span: Span | None, language: str) -> Scan:
        """Accuses the first and the last character once anything is inserted."""
        ends = (0, len(text) - 1) if "new" in text else ()
        return Scan(tuple(Finding("R", None, 1, at, 1, at + 1) for at in ends), "whole file")

    assert findings_of_insertion(startled, Insertion("abcd", 2, "new", "python")).findings == ()
    assert len(findings_of_insertion(startled, Insertion("abcd", 0, "new", "python")).findings) == 1
