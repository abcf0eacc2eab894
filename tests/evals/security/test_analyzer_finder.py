from __future__ import annotations

from evals.security.analyzer_finder import find


def test_findings_have_lines_from_one_and_columns_from_zero() -> None:
    text = "import os\r\ndef f(a):\n    é = a; os.system('x ' +\n        é)\n"
    scan = find(text, None, "python")
    assert scan.level == "whole file"
    (finding,) = scan.findings
    assert (finding.rule, finding.cwe) == ("command-injection", 78)
    assert (finding.line, finding.column) == (3, 11)
    assert (finding.end_line, finding.end_column) == (4, 10)


def test_text_that_has_to_be_repaired_says_so() -> None:
    scan = find("import os\ndef f(a):\n    os.system('x ' + a", None, "python")
    assert scan.level == "repaired"
    assert [finding.line for finding in scan.findings] == [3]


def test_a_language_without_rules_is_unchecked() -> None:
    scan = find("DISPLAY 'x'", None, "cobol")
    assert scan.level == "unchecked"
    assert scan.why
