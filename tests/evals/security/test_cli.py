"""The command line: labelled data end to end, the gate, and one line for what cannot be done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.security.cli import main
from evals.security.plans import BUILT_IN_FINDER, PEER

OWASP = Path(__file__).parents[4] / "shared" / "data" / "owasp_benchmark_python_even"


@pytest.fixture
def labelled(tmp_path: Path) -> list[str]:
    """Two files of a category: one vulnerable and found, one safe; and a twin in another."""
    (tmp_path / "a1.py").write_text("eval(a)  # nosec\n")
    (tmp_path / "a2.py").write_text("int(a)\n")
    (tmp_path / "b1.py").write_text("    try:\n        system(a)\n")
    (tmp_path / "b2.py").write_text("import os\nos.system(a)\n")
    rows = ["a1,codeinj,true,94", "a2,codeinj,false,94", "b1,cmdi,true,78", "b2,cmdi,false,78"]
    table = tmp_path / "expected.csv"
    table.write_text("\n".join(["test,category,vulnerable,cwe", *rows]))
    return ["--quiet", "--labels", str(table), "--data", str(tmp_path)]


def test_labels_end_in_a_record_and_a_table(
    labelled: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tmp_path / "run.json"
    assert main([*labelled, "--json", str(document)]) == 0
    run = json.loads(document.read_text())
    assert run["eval"] == "security"
    assert {name: task["passed"] for name, task in run["tasks"].items()} == {
        "a1": True,
        "a2": True,
        "b1": False,  # Without its import the call has no name that Bandit knows.
        "b2": False,
    }
    assert run["metrics"]["codeinj youden"] == 1.0
    assert run["metrics"]["cmdi youden"] == -1.0
    assert run["metrics"]["youden_mean"] == 0.0
    assert run["fingerprint"]["finder"] == BUILT_IN_FINDER
    assert run["selection"] is None
    assert "unweighted mean over the categories: +0.000" in capsys.readouterr().out


def test_a_limit_is_noted_in_the_record(labelled: list[str], tmp_path: Path) -> None:
    document = tmp_path / "run.json"
    assert main([*labelled, "--limit", "2", "--json", str(document)]) == 0
    assert json.loads(document.read_text())["selection"] == ["a1", "a2"]


def test_a_baseline_can_be_made_and_held_against(labelled: list[str], tmp_path: Path) -> None:
    baseline = tmp_path / "baseline.json"
    assert main([*labelled, "--baseline", str(baseline), "--update-baseline"]) == 0
    assert main([*labelled, "--baseline", str(baseline)]) == 0
    # A part of a set is of the same set.
    assert main([*labelled, "--baseline", str(baseline), "--limit", "2"]) == 0


def test_fragments_end_in_a_record(tmp_path: Path) -> None:
    item = {
        "prompt_id": 1,
        "origin_code": "        a = 1\n        eval(b)\n    except OSError:\n",
        "line_text": "        eval(b)",
        "cwe_identifier": "CWE-94",
        "language": "python",
    }
    data, document = tmp_path / "a.json", tmp_path / "run.json"
    data.write_text(json.dumps([item]))
    assert main(["--quiet", "--fragments", str(data), "--json", str(document)]) == 0
    run = json.loads(document.read_text())
    assert run["tasks"]["cyberseceval/1"]["level"] == "repaired"
    assert run["metrics"]["found_on_line"] == 1.0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "--data"),
        (["--labels", "none.csv"], "--labels needs --data"),
        (["--labels", "none.csv", "--data", "."], "none.csv"),
        (["--fragments", "none.json"], "none.json"),
        (["--data", "none"], "not there"),
        (["--data", "none", "--finder", "evals"], "--finder"),
        (["--data", "{here}", "--check", "evals:nothing"], "--check"),
        (["--fragments", "none.json", "--check", "evals:nothing"], "--check"),
        (["--data", "{here}", "--model", "{here}/no-model.gguf"], "no-model.gguf"),
        (["--data", "{here}", "--baseline", "{here}/none.json"], "none.json"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    given = [word.replace("{here}", str(tmp_path)) for word in arguments]
    assert main([*given, "--quiet", "--run-dir", str(tmp_path / "runs")]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


@pytest.mark.skipif(not OWASP.exists(), reason="the OWASP BenchmarkPython data set is not here")
def test_bandit_on_the_owasp_benchmark_is_what_others_measured(tmp_path: Path) -> None:
    document = tmp_path / "run.json"
    given = ["--labels", str(OWASP / "expected.csv"), "--data", str(OWASP), "--finder", PEER]
    assert main(["--quiet", *given, "--json", str(document)]) == 0
    run = json.loads(document.read_text())
    assert len(run["tasks"]) == 621
    figures = run["metrics"]
    # The benchmark's own scorecard for Bandit: hash 1/0, and blind where flow decides.
    assert figures["hash youden"] == 1.0
    for category in ("sqli", "cmdi", "codeinj", "xxe"):
        assert figures[f"{category} true positive rate"] == 1.0
        assert figures[f"{category} false positive rate"] == 1.0
    for category in ("pathtraver", "xpathi", "xss", "ldapi", "redirect", "trustbound"):
        assert figures[f"{category} true positive rate"] == 0.0
    assert figures["youden_pooled"] == pytest.approx(0.334, abs=0.001)
    assert figures["youden_mean"] == pytest.approx(0.166, abs=0.001)


@pytest.mark.skipif(not OWASP.is_dir(), reason="the benchmark lies beside the checkout alone")
def test_our_analyzers_tell_safe_from_unsafe_where_flow_decides(tmp_path: Path) -> None:
    document = tmp_path / "run.json"
    given = ["--labels", str(OWASP / "expected.csv"), "--data", str(OWASP)]
    assert main(["--quiet", *given, "--json", str(document)]) == 0
    figures = json.loads(document.read_text())["metrics"]
    assert figures["n_unchecked"] == 0
    assert figures["youden_mean"] > 0.9
    for category in ("sqli", "cmdi", "codeinj", "xxe"):
        assert figures[f"{category} youden"] > 0.8
