"""What is missing in a script is no danger before it is typed."""

from __future__ import annotations

import pytest

from analyzers.check import Insertion, check
from analyzers.finding import Span
from analyzers.holes import Hole
from analyzers.javascript.holes import filled
from analyzers.report import Report

_HEAD = "const cp = require('child_process');\n"
_ROUTE = _HEAD + "app.get('/', (req, res) => {{ {} }});\n"
_PLAIN = _HEAD + "function f(h, db) {{ {} }}\n"


def _checked(document: str, inserted: str) -> Report:
    at = document.index("HERE")
    insertion = Insertion(Span(at, at), inserted)
    return check(document.replace("HERE", ""), insertion, "javascript")


@pytest.mark.parametrize(
    ("statement", "inserted"),
    [
        ("cp.spawn('ls ' + req.query.a, {HERE});", "shell: true"),
        ("cp.spawn('ls', [req.query.a], {shell: HERE});", "true"),
        ("cp.execFile('ls ' + req.query.a, HERE);", "{shell: true}"),
        ("cp.exec(`ls ${HERE}`);", "req.query.a"),
        ("https.request({rejectUnauthorized: HERE});", "false"),
        ("https.request({rejectUnauthorized: faHERE});", "lse"),
    ],
)
def test_a_danger_that_the_insertion_adds_is_answered_for(statement: str, inserted: str) -> None:
    report = _checked(_ROUTE.format(statement), inserted)
    assert any(finding.action == "block" for finding in report.findings)


@pytest.mark.parametrize(
    ("statement", "inserted"),
    [
        ("cp.exec('ls ' + HERE);", "h"),
        ("cp.exec(`ls ${HERE}`);", "h"),
        ("cp.exec('ls ' + hHERE);", "2"),
        ("db.query(`select ${HERE}`);", "h"),
    ],
)
def test_what_hangs_on_the_missing_part_was_not_there_before(statement: str, inserted: str) -> None:
    assert _checked(_PLAIN.format(statement), inserted).findings


@pytest.mark.parametrize(
    ("statement", "inserted"),
    [
        ("cp.exec('ls ' + h + HERE);", "'x'"),
        ("cp.exec('ls ' + hHERE", "); }"),
        ("let x = HERE; cp.exec('ls ' + h);", "1"),
    ],
)
def test_what_does_not_hang_on_the_missing_part_was(statement: str, inserted: str) -> None:
    assert _checked(_PLAIN.format(statement), inserted).verdict == "allow"


def test_a_program_without_a_shell_is_not_withheld() -> None:
    report = _checked(_ROUTE.format("HERE"), "cp.spawn('ls ' + req.query.a, {shell: false});")
    assert [finding.confidence for finding in report.findings] == ["medium"]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ("f('a' + HERE)", "f('a' + null)"),
        ("f(HERE)", None),
        ("x = aHERE;", None),
        ("x = HEREa;", None),
    ],
)
def test_only_where_an_operand_is_missing_something_is_put(
    document: str, expected: str | None
) -> None:
    at = document.index("HERE")
    text = document.replace("HERE", "")
    found = filled(text, Hole(at))
    assert (found and found.applied(text)) == expected
    name = filled("x = aHERE;".replace("HERE", ""), Hole(5, is_glued=True))
    assert name is not None
    assert name.applied("x = a;") == "x = null;"
