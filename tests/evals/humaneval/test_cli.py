"""The command as a person or CI calls it, on completions that need no model."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from evals.humaneval.cli import main
from evals.humaneval.problems import load_problems
from tests.conftest import SHARED_DATA

PROBLEMS = load_problems()
GOLDEN = SHARED_DATA / "golden_generations"


def write_samples(path: Path, wrong: Collection[int] = ()) -> Path:
    """Right answers to every problem but the `wrong` ones, every other as a whole program."""
    with path.open("w", encoding="utf-8") as file:
        for i, problem in enumerate(PROBLEMS):
            code = "    return 'wrong'\n" if i in wrong else problem.canonical_solution
            completion = problem.prompt + code if i % 2 else code
            file.write(json.dumps({"task_id": problem.task_id, "completion": completion}) + "\n")
    return path


def run(*arguments: object) -> int:
    return main([*map(str, arguments), "--quiet"])


def test_the_gate_sees_five_losses_and_not_four(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    baseline = tmp_path / "baseline.json"
    # Ten wrong ones, so that the edited files lose tasks and gain none.
    before = write_samples(tmp_path / "before.jsonl", range(10))
    assert run("--samples", before, "--baseline", baseline, "--update-baseline") == 0
    assert run("--samples", before, "--baseline", baseline) == 0
    four = write_samples(tmp_path / "four.jsonl", range(14))
    assert run("--samples", four, "--baseline", baseline) == 0
    five = write_samples(tmp_path / "five.jsonl", range(15))
    capsys.readouterr()
    assert run("--samples", five, "--baseline", baseline, "--json", tmp_path / "run.json") == 1
    assert "HumanEval/14" in capsys.readouterr().out
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["pass_at_1"] == pytest.approx(149 / 164)
    assert document["stderr"] == pytest.approx(0.0225, abs=0.0001)
    assert document["fingerprint"]["samples_sha256"]
    verdict: dict[str, Any] = document["tasks"]["HumanEval/14"]
    assert (verdict["passed"], verdict["reason"]) == (False, "wrong answer")


def test_a_subset_with_several_samples_and_missing_ones_is_counted(tmp_path: Path) -> None:
    samples = tmp_path / "samples.jsonl"
    right = PROBLEMS[1].canonical_solution
    lines = [(1, right), (1, "    return 1\n"), (1, right), (1, right), (2, "    pass\n")]
    samples.write_text(
        "".join(
            json.dumps({"task_id": PROBLEMS[i].task_id, "completion": code}) + "\n"
            for i, code in lines
        )
    )
    path = tmp_path / "run.json"
    assert run("--samples", samples, "--tasks", "1-3", "--json", path) == 0
    document = json.loads(path.read_text())
    tasks = document["tasks"]
    assert (document["n"], tasks["HumanEval/1"]["n_passed"]) == (4, 3)
    assert tasks["HumanEval/3"]["reason"] == "missing"
    assert document["pass_at_1"] == pytest.approx(0.25)
    assert document["selection"] == ["HumanEval/1", "HumanEval/2", "HumanEval/3"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--samples", "none.jsonl"],
        ["--tasks", "999"],
        ["--model", "no-such-model", "--limit", "1"],
        ["--n", "3"],
        ["--baseline", "none.json", "--limit", "1"],
        ["--json", "no/such/folder/run.json", "--limit", "1"],
        ["--update-baseline", "--limit", "1"],
    ],
)
def test_what_cannot_be_run_is_one_line_and_two(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments, "--run-dir", tmp_path / "runs") == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    assert "Traceback" not in said


@pytest.mark.skipif(
    not GOLDEN.is_dir(), reason="the golden generations are not part of the project"
)
@pytest.mark.parametrize(("name", "n_passed"), [("1.5b-base", 72), ("7b-base", 101)])
def test_every_verdict_equals_the_official_one(name: str, n_passed: int, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    samples = GOLDEN / f"{name}_humaneval_generated.jsonl"
    assert run("--samples", samples, "--json", path) == 0
    official = json.loads((GOLDEN / f"{name}_humaneval_generated_eval_results.json").read_text())
    ours = {task: v["passed"] for task, v in json.loads(path.read_text())["tasks"].items()}
    assert ours == {t: v[0]["base_status"] == "pass" for t, v in official["eval"].items()}
    assert sum(ours.values()) == n_passed
