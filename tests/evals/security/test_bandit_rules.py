"""The contract with Bandit, whose visitor is called in a way that it does not promise."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

from evals.security import bandit_rules
from evals.security.bandit_rules import bandit_findings, check_version
from evals.security.finding import Finding, span_of

# One line of each kind: a call, an import, a literal, a keyword, a statement, and the whole file.
LINES = {
    "import pickle": ("B403", 502, "low", "import pickle"),
    "import os; os.system('ls ' + a)": ("B605", 78, "high", "os.system('ls ' + a)"),
    "password = 'hunter2'": ("B105", 259, "low", "'hunter2'"),
    "eval(a)": ("B307", 95, "medium", "eval(a)"),
    "exec(a)": ("B102", 95, "medium", "exec(a)"),
    "q = 'SELECT * FROM t WHERE a = %s' % a": (
        "B608",
        89,
        "medium",
        "'SELECT * FROM t WHERE a = %s' % a",
    ),
    "import yaml; yaml.load(a)": ("B506", 502, "medium", "yaml.load(a)"),
    "import hashlib; hashlib.md5(a)": ("B324", 327, "high", "hashlib.md5(a)"),
    "import random; random.random()": ("B311", 330, "low", "random.random()"),
    "x = 'a\u202eb'": ("B613", 838, "high", "\u202e"),
}


def only(rule: str, text: str) -> Finding:
    (finding,) = [finding for finding in bandit_findings(text) if finding.rule == rule]
    return finding


def test_the_installed_bandit_is_of_the_series_this_was_written_for() -> None:
    assert check_version().startswith(bandit_rules.SERIES)
    assert check_version() == metadata.version("bandit")


@pytest.mark.parametrize(("line", "expected"), LINES.items(), ids=LINES)
@pytest.mark.parametrize("above", ["", "a = '😀é'\r\n\r\n", "# coding: latin-1\n"])
def test_a_rule_says_what_and_where(
    line: str, expected: tuple[str, int, str, str], above: str
) -> None:
    rule, cwe, severity, words = expected
    text = f"{above}{line}\n"
    finding = only(rule, text)
    assert (finding.cwe, finding.severity) == (cwe, severity)
    span = span_of(finding, text)
    covered = text[span.start : span.end]
    assert covered.startswith(words) or words.startswith(covered)
    assert finding.line == above.count("\n") + 1


def test_columns_count_characters_and_not_bytes() -> None:
    text = "a = '😀é'; eval(b)\n"
    finding = only("B307", text)
    assert text[finding.column : finding.end_column] == "eval(b)"


def test_nosec_exempts_nothing() -> None:
    assert [f.rule for f in bandit_findings("eval(a)  # nosec\n")] == ["B307"]
    assert [f.rule for f in bandit_findings("eval(a)  # nosec B307\n")] == ["B307"]


def test_the_finding_of_a_call_over_several_lines_covers_it() -> None:
    text = "import subprocess\nsubprocess.call(\n    a,\n    shell=True)\n"
    finding = only("B602", text)
    assert (finding.line, finding.end_line) == (2, 4)


def test_a_bidirectional_character_is_found_where_lines_are_counted_otherwise() -> None:
    text = "a = 'x\u2028y'\nb = '\u202e'\n"
    span = span_of(only("B613", text), text)
    assert text[span.start : span.end] == "\u202e"


def test_one_configuration_serves_all_scans_and_remembers_none() -> None:
    aliased = "import pickle as p\np.loads(a)\n"
    assert "B301" in [f.rule for f in bandit_findings(aliased)]
    assert bandit_findings("p.loads(a)\n") == []
    assert bandit_findings(aliased) == bandit_findings(aliased)


def test_a_rule_that_raises_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object) -> str:
        raise KeyError("broken")

    check_version()
    # Rules read this; the visitor itself does not.
    monkeypatch.setattr("bandit.core.context.Context.call_function_name_qual", property(broken))
    with pytest.raises(KeyError):
        bandit_findings("f()\n")


def test_nothing_but_the_text_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "<text>").write_text("eval(a)\n")
    (tmp_path / "bandit.yaml").write_text("skips: [B307]\n")
    (tmp_path / ".bandit").write_text("[bandit]\nskips: B307\n")
    monkeypatch.chdir(tmp_path)
    assert bandit_findings("a = 1\n") == []
    assert [f.rule for f in bandit_findings("eval(b)\n")] == ["B307"]
