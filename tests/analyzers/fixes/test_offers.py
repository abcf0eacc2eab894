"""Rules are asked for their fixes, and a fix that fails is none."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from analyzers.code import Code
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
