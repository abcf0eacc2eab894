"""Saved runs come back once each, oldest first."""

from __future__ import annotations

from pathlib import Path

from evals.history import read_history, save_run
from evals.record_json import write_record
from tests.evals.records import make_record, make_tasks


def test_a_run_saved_under_two_names_is_one_run(tmp_path: Path) -> None:
    late, early = make_record(make_tasks(3, 1), day=2), make_record(make_tasks(3, 2), day=1)
    save_run(tmp_path, late)
    write_record(tmp_path / "0.json", late)
    save_run(tmp_path, early)
    assert len(list(tmp_path.iterdir())) == 3
    assert read_history(tmp_path) == ([early, late], [])


def test_two_runs_of_one_second_keep_both_documents(tmp_path: Path) -> None:
    paths = {save_run(tmp_path, make_record(make_tasks(3, k))) for k in range(3)}
    assert len(paths) == 3
    assert len(read_history(tmp_path)[0]) == 3
