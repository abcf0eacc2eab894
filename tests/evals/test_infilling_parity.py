"""How tasks are read and counted."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from evals.infilling_parity import Outcome, Task, read_tasks


def test_tasks_come_in_order_without_the_line_end(tmp_path: Path) -> None:
    raw = [
        {"task_id": f"t{i}", "prompt": "def f():\n", "suffix": "\n", "canonical_solution": "  x\n"}
        for i in range(3)
    ]
    with gzip.open(tmp_path / "HumanEval-SingleLineInfilling.jsonl.gz", "wt") as file:
        file.write("\n".join(map(json.dumps, raw)))
    tasks = read_tasks(tmp_path, 2)
    assert tasks == [Task("t0", "def f():\n", "\n", "  x"), Task("t1", "def f():\n", "\n", "  x")]


def test_only_the_whole_line_counts() -> None:
    outcome = Outcome(
        "t", expected="    x = 1", ours="    x = 1", reference="x = 1", reference_raw="    x = 1 "
    )
    assert (outcome.ours_exact, outcome.reference_exact) == (True, False)
    assert not outcome.raw_exact
