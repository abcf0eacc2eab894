"""The data is the pinned one and is chosen from as asked."""

from __future__ import annotations

import pytest

from evals.errors import DatasetError
from evals.humaneval import problems
from evals.humaneval.problems import N_PROBLEMS, load_problems, select


def test_all_problems_are_there_in_order() -> None:
    found = load_problems()
    assert [problem.task_id for problem in found] == [f"HumanEval/{i}" for i in range(N_PROBLEMS)]
    assert all("def check(candidate)" in problem.test for problem in found)


def test_other_data_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "DATASET_SHA256", "0" * 64)
    with pytest.raises(DatasetError, match="sha256"):
        load_problems()


@pytest.mark.parametrize(
    ("tasks", "limit", "expected"),
    [
        ("HumanEval/3", None, [3]),
        ("5,3, 10-12", None, [3, 5, 10, 11, 12]),
        ("HumanEval/0-2,1", None, [0, 1, 2]),
        ("10-12", 2, [10, 11]),
        (None, 1, [0]),
    ],
)
def test_ids_ranges_and_limits_choose(
    tasks: str | None, limit: int | None, expected: list[int]
) -> None:
    chosen = select(load_problems(), tasks, limit)
    assert [problem.task_id for problem in chosen] == [f"HumanEval/{i}" for i in expected]


@pytest.mark.parametrize("tasks", ["164", "-1", "3-1", "x", "0-164", "", ",", "1_0", "٣"])
def test_what_names_no_task_is_one_line(tasks: str) -> None:
    with pytest.raises(DatasetError, match="--tasks"):
        select(load_problems(), tasks, None)


@pytest.mark.parametrize("limit", [0, -3])
def test_a_limit_below_one_is_one_line(limit: int) -> None:
    with pytest.raises(DatasetError, match="--limit"):
        select(load_problems(), None, limit)
