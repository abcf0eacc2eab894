"""Baselines are two whole runs of the same thing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evals.baseline import Baseline, baseline_path, read_baseline, write_baseline
from evals.errors import GateError
from evals.run_record import RunRecord
from tests.evals.records import make_record, make_tasks

RUNS = (make_record(make_tasks(9, 4)), make_record(make_tasks(9, 5), day=1))


def test_a_written_baseline_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    write_baseline(path, RUNS, "python -m evals.humaneval")
    assert read_baseline(path) == Baseline("python -m evals.humaneval", RUNS)


@pytest.mark.parametrize(
    ("runs", "said"),
    [
        (RUNS[:1], "needs two runs"),
        ((RUNS[0], replace(RUNS[1], partial=True)), "partial"),
        ((RUNS[0], replace(RUNS[1], eval="infilling")), "different eval"),
        ((RUNS[0], make_record(make_tasks(8, 4))), "different tasks"),
        ((RUNS[0], make_record(make_tasks(9, 4), n=2)), "different n"),
        (
            (RUNS[0], make_record(make_tasks(9, 4), fingerprint={"weights_sha256": "w1"})),
            "different weights_sha256",
        ),
        ((make_record({}), make_record({})), "no tasks"),
    ],
)
def test_runs_that_make_no_baseline_are_refused(
    tmp_path: Path, runs: tuple[RunRecord, ...], said: str
) -> None:
    path = tmp_path / "b.json"
    with pytest.raises(GateError, match=said):
        write_baseline(path, runs, "")
    assert not path.exists()


def test_runs_of_a_baseline_may_differ_in_their_seed() -> None:
    other = make_record(make_tasks(9, 4), fingerprint={"seed": "2"})
    assert len(Baseline("", (RUNS[0], other)).runs) == 2


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "no baseline"),
        ({"how": ""}, "no baseline"),
        ({"how": 1, "runs": []}, "how should be text"),
        ({"how": "", "runs": {}}, "runs a list"),
        ({"how": "", "runs": []}, "needs two runs"),
        ({"how": "", "runs": [{}, {}]}, "no run record"),
    ],
)
def test_a_malformed_baseline_is_refused_by_its_name(
    tmp_path: Path, document: object, said: str
) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps(document))
    with pytest.raises(GateError, match=said) as raised:
        read_baseline(path)
    assert str(path) in str(raised.value)


def test_a_missing_baseline_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="make one with --update-baseline"):
        read_baseline(tmp_path / "b.json")


def test_a_baseline_is_named_by_what_it_is_of(tmp_path: Path) -> None:
    path = baseline_path("../me/qwen2.5 coder", "humaneval", "base", tmp_path)
    assert path == tmp_path / "me-qwen2.5-coder.humaneval.base.json"
