"""What may be sent of a completion, by what a check says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from analyzers.delta import Insertion
from analyzers.finding import Action, Finding, Span
from analyzers.report import Report
from lsp_server.completion.checking import Placement, check_document, checked, explain
from lsp_server.completion.query import CompletionResult

DOCUMENT = "import os\r\nx = \r\n"
AT = Placement(DOCUMENT, Span(15, 15))
RESULT = CompletionResult("eval(a)", None, "a line", {"total": 5.0}, {"completion": 3})


def finding(action: Action, start: int = 15) -> Finding:
    span = Span(start, start + 4)
    return Finding("code-injection", 95, "high", "high", span, "runs a", action=action)


class Check:
    """Says of each text what it was told to, and notes what it was asked."""

    def __init__(self, *reports: Report) -> None:
        self._reports = list(reports)
        self.asked: list[tuple[str, Insertion]] = []

    def __call__(self, document: str, insertion: Insertion) -> Report:
        self.asked.append((document, insertion))
        return self._reports.pop(0)


ALLOW = Report("allow", (), "whole file", "eval(a)")
BLOCK = Report("block", (finding("block"),), "whole file", None, "runs a")
FIX = Report("fix", (finding("fix"),), "whole file", "literal_eval(a)")


def test_what_is_allowed_is_sent_unchanged_and_its_check_is_kept() -> None:
    result = checked(RESULT, AT, Check(ALLOW))
    assert (result.text, result.reason, result.detail) == ("eval(a)", None, "a line")
    assert result.check is ALLOW
    assert result.timings_ms["total"] == 5.0 + result.timings_ms["check"]
    assert result.tokens == {"completion": 3}


def test_what_is_annotated_is_sent() -> None:
    report = Report("annotate", (finding("annotate"),), "repaired", "eval(a)")
    assert checked(RESULT, AT, Check(report)).text == "eval(a)"


def test_what_is_blocked_is_withheld_with_message_rule_and_line() -> None:
    result = checked(RESULT, AT, Check(BLOCK))
    assert (result.text, result.reason) == ("", "blocked")
    assert result.detail == "runs a [code-injection, CWE-95, line 2]"


def test_a_dangerous_beginning_is_said_to_be_one() -> None:
    report = replace(BLOCK, prefix="eval(")
    detail = checked(RESULT, AT, Check(report)).detail
    assert detail.startswith("a beginning of it that an editor can insert: runs a [")


def test_what_could_not_be_read_is_withheld_and_says_what_stood_in_the_way() -> None:
    for report, said in (
        (Report("block", (), "not checkable", None, "does not parse"), "does not parse"),
        (Report("block", (), "not checkable", None, "", ("bandit: E",)), "bandit: E"),
    ):
        result = checked(RESULT, AT, Check(report))
        assert (result.text, result.reason, result.detail) == ("", "unchecked", said)


def test_a_secret_in_a_language_without_an_analyzer_is_blocked_and_not_unchecked() -> None:
    report = Report("block", (finding("block"),), "text only", None, "no analyzer")
    assert checked(RESULT, AT, Check(report)).reason == "blocked"


def test_what_could_not_be_read_is_sent_where_the_policy_lets_it_pass() -> None:
    report = Report("annotate", (), "not checkable", "eval(a)", "does not parse")
    assert checked(RESULT, AT, Check(report)).text == "eval(a)"


def test_the_fixed_form_is_sent_once_it_was_read_too() -> None:
    check = Check(FIX, ALLOW)
    result = checked(RESULT, AT, check)
    assert (result.text, result.reason) == ("literal_eval(a)", None)
    assert result.check is FIX
    assert [insertion.text for _, insertion in check.asked] == ["eval(a)", "literal_eval(a)"]


@pytest.mark.parametrize(
    "again",
    [
        BLOCK,
        FIX,
        Report("annotate", (), "not checkable", "literal_eval(a)", "too slow"),
    ],
)
def test_a_fixed_form_that_is_not_clean_is_withheld(again: Report) -> None:
    result = checked(RESULT, AT, Check(FIX, again))
    assert (result.text, result.reason) == ("", "blocked")


@pytest.mark.parametrize("fixed", ["", "  \n"])
def test_a_fixed_form_with_nothing_in_it_is_not_sent(fixed: str) -> None:
    assert checked(RESULT, AT, Check(replace(FIX, text=fixed))).reason == "blocked"


def test_the_typed_text_is_read_but_not_counted_as_generated() -> None:
    check = Check(ALLOW)
    placement = Placement(DOCUMENT, Span(11, 15), "x = ")
    assert checked(RESULT, placement, check).text == "eval(a)"
    assert check.asked == [(DOCUMENT, Insertion(Span(11, 15), "x = eval(a)"))]


def test_a_fixed_form_that_changes_the_typed_text_could_not_be_shown() -> None:
    placement = Placement(DOCUMENT, Span(11, 15), "x = ")
    report = replace(FIX, text="import ast; x = literal_eval(a)")
    assert checked(RESULT, placement, Check(report)).reason == "blocked"


def test_nothing_is_asked_about_an_empty_text() -> None:
    empty = CompletionResult("", "blank")
    check: Callable[[str, Insertion], Report] = Check()
    assert checked(empty, AT, check) is empty
    assert check_document(empty, AT, "") is None


def test_the_document_of_a_check_counts_lines_from_one_and_columns_from_the_lines_start() -> None:
    result = checked(RESULT, AT, Check(BLOCK))
    assert check_document(result, AT, RESULT.text) == {
        "verdict": "block",
        "level": "whole file",
        "findings": [
            {
                "rule": "code-injection",
                "cwe": 95,
                "severity": "high",
                "confidence": "high",
                "action": "block",
                "start": {"line": 2, "column": 4},
                "end": {"line": 2, "column": 8},
                "message": "runs a",
            }
        ],
        "why": "runs a [code-injection, CWE-95, line 2]",
    }


def test_what_is_only_marked_says_why_it_is_not_mended() -> None:
    why = "code-injection is not mended: there is no fix for it as it is written"
    report = Report("annotate", (finding("fix"),), "whole file", "eval(a)", why)
    result = checked(RESULT, AT, Check(report))
    assert result.text == "eval(a)"
    assert explain(report, AT, "eval(a)") == f"runs a [code-injection, CWE-95, line 2]; {why}"
    document = check_document(result, AT, "eval(a)")
    assert document is not None
    assert document["why"] == why
