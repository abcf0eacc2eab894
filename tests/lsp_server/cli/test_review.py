"""`leadsman review`: what it prints, and what its exit code says."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from analyzers.registry import rules
from lsp_server.cli import main

GUARD = "def f(user):\n    assert user.is_admin\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.py"
    path.write_text(GUARD)
    return path


def _json(capsys: pytest.CaptureFixture[str]) -> Any:
    out, _ = capsys.readouterr()
    return json.loads(out)


@pytest.mark.parametrize(
    ("fail_on", "code"), [("low", 1), ("medium", 1), ("high", 0), ("never", 0)]
)
def test_the_exit_code_follows_the_level_asked_for(
    file: Path, fail_on: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "a.py", "--json", "--fail-on", fail_on]) == code
    (finding,) = _json(capsys)["findings"]
    assert finding["path"] == "a.py"
    assert finding["rule"] == "assert-guard"
    assert finding["start"] == {"line": 2, "column": 4}


def test_text_names_the_place_and_sums_up_on_stderr(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "."]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("a.py:2:5: medium assert-guard [CWE-703] ")
    assert err == "1 file: 1 finding (1 medium)\n"


def test_sarif_is_one_document(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "a.py", "--format", "sarif"]) == 1
    assert _json(capsys)["runs"][0]["results"][0]["ruleId"] == "assert-guard"


def test_standard_input_is_read_as_the_named_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, shown in ((None, "-"), ("src/b.py", "src/b.py")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GUARD.encode())))
        named = [] if name is None else ["--stdin-name", name]
        assert main(["review", "-", "--json", *named]) == 1
        assert _json(capsys)["findings"][0]["path"] == shown


def test_what_cannot_be_read_is_not_clean(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file.parent / "b.py").write_bytes(b"x = '\xff'\n")
    assert main(["review", "b.py", "--json", "--fail-on", "high"]) == 1
    document = _json(capsys)
    assert document["findings"] == []
    assert document["unchecked"][0]["path"] == "b.py"
    assert main(["review", "b.py", "--fail-on", "never"]) == 0


@pytest.mark.parametrize("name", ["assert-guard", "B101", "s101"])
def test_a_rule_can_be_turned_off(
    file: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", "a.py", "--json", "--rule", f"{name}=off"]) == 0
    assert _json(capsys)["findings"] == []


def test_every_rule_is_listed_with_its_weakness(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review", "--explain", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(rules())
    assert any(line.split()[:2] == ["sql-injection", "CWE-89"] for line in lines)
    assert main(["review", "--explain", "list", "--json"]) == 0
    assert _json(capsys) == sorted(rules())


def test_a_page_is_found_by_name_and_by_what_other_tools_call_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["review", "--explain", "assert-guard"]) == 0
    by_name = capsys.readouterr().out
    assert by_name.startswith("assert-guard (CWE-703, medium severity; also B101, S101)\n")
    assert "## Use instead" in by_name
    assert main(["review", "--explain", "b101"]) == 0
    assert capsys.readouterr().out == by_name


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "review what? name files or folders, - for standard input, or --diff"),
        (["gone.py"], "gone.py: no such file or folder"),
        (["-", "a.py"], "- stands alone: not with other paths, --diff or --fix"),
        (["a.py", "--stdin-name", "b.py"], "--stdin-name names the text of -"),
        (["a.py", "--rule", "assert-guard=loud"], "the action is one of off, annotate, fix, block"),
        (["a.py", "--rule", "assert-gard=off"], "did you mean assert-guard"),
        (["--explain", "assert-gard"], "did you mean assert-guard"),
        (["a.py", "--rule", "sql=off"], "did you mean sql-injection or"),
        (["a.py", "--rule", "qqqq=off"], "'qqqq'; see leadsman review --explain list"),
        (["a.py", "--rule", "=off"], "''; see leadsman review --explain list"),
        (["a.py", "--diff", "HEAD"], "lies in no git repository"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_two(
    file: Path, arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert line in err
    assert err.count("\n") == 1
