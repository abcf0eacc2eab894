"""Run records as short as a test needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from evals.baseline import Baseline
from evals.run_record import RunFacts, RunRecord, SandboxReport, TaskVerdict, record_run

FINGERPRINT = {"model": "m", "mode": "base", "dataset_sha256": "d0", "weights_sha256": "w0"}
STRONG = SandboxReport(("landlock", "seccomp"), is_weak=False)


def make_verdict(n_passed: int, n: int = 1) -> TaskVerdict:
    return TaskVerdict(
        n_passed > 0, "passed" if n_passed else "wrong_answer", "", n, n_passed, 0.5, 10
    )


def make_record(
    passed: Mapping[str, int],
    *,
    n: int = 1,
    day: int = 0,
    fingerprint: Mapping[str, str] | None = None,
    selection: Iterable[str] | None = None,
) -> RunRecord:
    """A run of `n` samples a task, of which `passed` names how many passed."""
    facts = RunFacts(
        "humaneval",
        n,
        FINGERPRINT | dict(fingerprint or {}),
        STRONG,
        tokens={"generated": 10 * len(passed)},
        seconds={"generate": 1.5},
        selection=None if selection is None else tuple(selection),
        canaries={"frame walker": "wrong_answer"},
    )
    created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return record_run(facts, {task: make_verdict(k, n) for task, k in passed.items()}, created)


def make_tasks(n: int, n_passing: int) -> dict[str, int]:
    """HumanEval/0 to n - 1, of which the first `n_passing` pass."""
    return {f"HumanEval/{i}": int(i < n_passing) for i in range(n)}


def make_baseline(*passed: Mapping[str, int], n: int = 1) -> Baseline:
    """A baseline of these runs; of one run twice where there is one."""
    runs = passed if len(passed) > 1 else (passed[0], passed[0])
    return Baseline("a test", tuple(make_record(run, n=n, day=i) for i, run in enumerate(runs)))


def flip(passed: Mapping[str, int], lose: int, gain: int) -> dict[str, int]:
    """The same tasks with the first `lose` passing ones lost and `gain` failing ones gained."""
    losers = [task for task, k in passed.items() if k][:lose]
    gainers = [task for task, k in passed.items() if not k][:gain]
    assert (len(losers), len(gainers)) == (lose, gain)
    return dict(passed) | dict.fromkeys(losers, 0) | dict.fromkeys(gainers, 1)


def with_detail(record: RunRecord, task_id: str, detail: str) -> RunRecord:
    """The record with another detail on one task."""
    verdict = replace(record.tasks[task_id], detail=detail)
    return replace(record, tasks=dict(record.tasks) | {task_id: verdict})
