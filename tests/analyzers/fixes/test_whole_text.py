"""For a person's own text, only fixes that hold are offered."""

from __future__ import annotations

from dataclasses import replace

from analyzers.check import scan
from analyzers.finding import Edit, Finding, Fix, Span
from analyzers.fixes.whole_text import is_worth_it, make_fixes, mend, with_fixes_that_hold
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
    result = make_fixes(TEXT, report, [report.findings[1]], _look)
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


def _mended(text: str) -> str:
    return mend(text, _look(text), _look).text


def test_of_two_findings_that_read_alike_only_the_chosen_one_is_mended() -> None:
    text = TEXT + TEXT.replace("def f", "def h").replace("def g", "def i")
    report = _look(text)
    first, guard, *_ = report.findings
    result = make_fixes(text, report, [first, guard], _look)
    assert result.text.count("hashlib.md5(") == 1
    assert result.text.count("assert ") == 1
    assert result.text.index("hashlib.sha256(") < result.text.index("hashlib.md5(")


def test_fixes_that_are_in_each_others_way_are_made_one_after_the_other() -> None:
    text = "import os\nimport tempfile\nos.chmod(tempfile.mktemp(), 0o777)\n"
    report = _look(text)
    result = make_fixes(text, report, report.findings, _look)
    assert "mktemp" not in result.text
    assert "0o777" not in result.text


def test_a_text_is_mended_in_one_go() -> None:
    """Imports, line ends and comments in their places."""
    text = (
        "import sqlite3\r\nimport tempfile\r\n\r\n\r\ndef f(c, n):\r\n"
        "    # Who is it?\r\n    c.execute(f\"SELECT a FROM t WHERE n = '{n}'\")\r\n"
        "    return tempfile.mktemp()  # a name\r\n"
    )
    assert _mended(text) == (
        "import sqlite3\r\nimport tempfile\r\n\r\n\r\ndef f(c, n):\r\n"
        '    # Who is it?\r\n    c.execute("SELECT a FROM t WHERE n = ?", (n,))\r\n'
        "    return tempfile.NamedTemporaryFile(delete=False).name  # a name\r\n"
    )


def test_a_mended_text_has_nothing_left_to_mend() -> None:
    once = _mended("import os\nimport tempfile\nos.chmod(tempfile.mktemp(), 0o777)\n")
    assert _mended(once) == once


def test_what_is_most_likely_no_weakness_is_left_to_a_person() -> None:
    for text in (
        "def roll():\n    return random.randint(1, 6)\n",
        "import socket\ns = socket.socket()\ns.bind(('0.0.0.0', 80))\n",
    ):
        assert [is_worth_it(one) for one in _look(text).findings] == [False]
        assert _mended(text) == text


def test_what_would_do_great_harm_is_mended_in_doubt_too() -> None:
    text = "import os\ndef f(base, filename):\n    return open(os.path.join(base, filename))\n"
    assert [(one.severity, one.confidence) for one in _look(text).findings] == [("high", "low")]
    assert _mended(text) != text


def test_lines_that_end_in_carriage_returns_alone_are_left() -> None:
    text = TEXT.replace("\n", "\r")
    report = _look(text)
    assert report.findings
    assert make_fixes(text, report, report.findings, _look).text == text


def test_a_half_typed_text_keeps_what_was_typed() -> None:
    text = TEXT + "\n\ndef h(\n"
    assert _look(text).level == "repaired"
    mended = _mended(text)
    assert "hashlib.sha256(" in mended
    assert mended.endswith("\n\ndef h(\n")


def test_a_script_is_mended_as_what_it_is() -> None:
    text = "const h = require('crypto').createHash('md5').update(file).digest('hex')\n"
    report = scan(text, "javascript")
    result = make_fixes(text, report, report.findings, lambda now: scan(now, "javascript"))
    assert "sha256" in result.text
    assert result.findings == ()
