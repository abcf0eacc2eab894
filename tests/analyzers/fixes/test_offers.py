"""Rules are asked for their fixes, and a fix that fails is none."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from analyzers.code import Code
from analyzers.deadline import Deadline
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes import offers
from analyzers.registry import rules

_TEXT = "assert user.is_admin\n"


def _finding(rule: str = "assert-guard") -> Finding:
    return Finding(rule, 617, "medium", "medium", Span(0, len(_TEXT) - 1), "unsafe")


def _offered(finding: Finding) -> Finding:
    return offers.with_fixes(Code(_TEXT, ast.parse(_TEXT)), [finding]).findings[0]


def test_a_finding_gets_the_fix_of_its_rule() -> None:
    """Its own fix is kept."""
    fix = _offered(_finding()).fix
    assert fix is not None
    assert "PermissionError" in fix.edits[0].text
    own = replace(_finding(), fix=Fix("mine", (Edit(Span(0, 1), "x"),)))
    assert _offered(own) is own


def test_a_rule_that_is_unknown_has_no_fix() -> None:
    """As have findings of other engines."""
    assert _offered(_finding("no-such-rule")).fix is None


@pytest.mark.parametrize("how", ["raises", "overlaps", "is empty"])
def test_a_fix_that_fails_is_none(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither an end of the scan nor a broken text."""

    def fail(code: Code, finding: Finding) -> Fix | None:
        if how == "raises":
            raise RuntimeError(how)
        edits = (Edit(Span(0, 5), "a"), Edit(Span(3, 6), "b"))
        return Fix(how, edits if how == "overlaps" else ())

    registered = replace(rules()["assert-guard"], fix=fail)
    monkeypatch.setattr(offers, "rules", lambda: {"assert-guard": registered})
    assert _offered(_finding()).fix is None


def _counted(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    asked: list[Finding] = []

    def propose(code: Code, finding: Finding) -> Fix:
        asked.append(finding)
        return Fix("shorter", (Edit(Span(0, 5), "a"),))

    registered = replace(rules()["assert-guard"], fix=propose)
    monkeypatch.setattr(offers, "rules", lambda: {"assert-guard": registered})
    return asked


def test_the_larger_the_text_the_fewer_fixes_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those of the first findings; the others are counted."""
    asked = _counted(monkeypatch)
    looks = []
    for n_lines in (10, 5000, 10_000):
        code = Code(_TEXT * n_lines, ast.parse(_TEXT * n_lines))
        offered = offers.with_fixes(code, [_finding()] * 3000)
        assert len(asked) + offered.n_left == 3000
        assert [bool(finding.fix) for finding in offered.findings[: len(asked)]] == [True] * len(
            asked
        )
        assert not any(finding.fix for finding in offered.findings[len(asked) :])
        looks.append(len(asked))
        asked.clear()
    assert looks[0] == 500
    assert 2 * looks[2] <= looks[1] + 2 < 100


def test_no_fix_is_looked_for_when_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has one keeps it, and what can have none is not counted."""
    asked = _counted(monkeypatch)
    own = replace(_finding(), fix=Fix("mine", (Edit(Span(0, 1), "x"),)))
    code = Code(_TEXT, ast.parse(_TEXT))
    given = [own, _finding(), _finding("no-such-rule")]
    assert offers.with_fixes(code, given, Deadline.after(-1)) == offers.Offered(tuple(given), 1)
    assert asked == []
