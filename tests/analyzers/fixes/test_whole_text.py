"""For a person's own text, only fixes that hold are offered."""

from __future__ import annotations

from dataclasses import replace

from analyzers.check import scan
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes.whole_text import make_fixes, with_fixes_that_hold
from analyzers.report import Report

TEXT = (
    "import hashlib\n\n\ndef f(data):\n    return hashlib.md5(data).hexdigest()\n"
    "\n\ndef g(user):\n    assert user.is_admin\n"
)


def _look(text: str) -> Report:
    return scan(text, "python")


def _report() -> Report:
    return _look(TEXT)


def _with_bad_fix(finding: Finding) -> Finding:
    return replace(finding, fix=Fix("nothing", (Edit(Span(0, 0), "x = 1\n"),)))


def test_what_the_rules_propose_is_offered_where_it_holds() -> None:
    report = _report()
    assert [finding.rule for finding in report.findings] == ["weak-hash", "assert-guard"]
    assert all(finding.fix for finding in report.findings)
    assert with_fixes_that_hold(TEXT, report, _look) == report


def test_a_fix_that_leaves_its_finding_is_not_offered_and_the_other_one_is() -> None:
    report = _report()
    first, second = report.findings
    report = replace(report, findings=(_with_bad_fix(first), second))
    kept = with_fixes_that_hold(TEXT, report, _look)
    assert [finding.fix for finding in kept.findings] == [None, second.fix]


def test_a_fix_that_breaks_the_text_is_not_offered() -> None:
    report = _report()
    broken = replace(report.findings[1], fix=Fix("break", (Edit(report.findings[1].span, "("),)))
    kept = with_fixes_that_hold(TEXT, replace(report, findings=(broken,)), _look)
    assert kept.findings[0].fix is None


def test_only_the_chosen_findings_are_mended() -> None:
    report = _report()
    result = make_fixes(TEXT, report.findings, [report.findings[1]], _look)
    assert "hashlib.md5(" in result.text
    assert "assert " not in result.text
    assert [finding.rule for finding in result.findings] == ["weak-hash"]


def test_a_fix_after_which_the_text_has_to_be_repaired_is_not_offered() -> None:
    report = _report()
    other, guard = replace(report.findings[0], fix=None), report.findings[1]
    broken = replace(guard, fix=Fix("break", (Edit(guard.span, "g(user"),)))
    kept = with_fixes_that_hold(TEXT, replace(report, findings=(other, broken)), _look)
    assert _look(TEXT.replace("assert user.is_admin", "g(user")).is_checked
    assert kept.findings[1].fix is None
