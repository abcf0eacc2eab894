"""Tasks come from the shipped file or a folder, and damage is one line."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evals.errors import DatasetError
from evals.infilling.tasks import FILES, problem_of, read_tasks

RAW = {
    "task_id": "SingleLineInfilling/HumanEval/12/L3",
    "entry_point": "f",
    "prompt": "def f():\n",
    "suffix": "    return x\n",
    "canonical_solution": "    x = 1\n",
    "test": "def check(candidate): pass",
}


def write(folder: Path, data: bytes) -> None:
    (folder / FILES["single-line"]).write_bytes(data)


def test_the_light_set_is_shipped_with_its_licence() -> None:
    tasks = read_tasks("random-span-light", None)
    assert len(tasks) == 164
    assert len({task.problem for task in tasks}) == 164
    assert all(task.answer and task.test for task in tasks)


def test_a_folder_of_the_users_is_read(tmp_path: Path) -> None:
    write(tmp_path, gzip.compress((json.dumps(RAW) + "\n").encode()))
    (task,) = read_tasks("single-line", tmp_path)
    assert (task.prefix, task.answer, task.problem) == ("def f():\n", "    x = 1\n", "HumanEval/12")


@pytest.mark.parametrize(
    "data",
    [
        b"no gzip",
        gzip.compress(b"{}\n"),
        gzip.compress(b"[1]\n"),
        gzip.compress(b"{\n"),
        gzip.compress(json.dumps(RAW | {"task_id": "x/1"}).encode()),
        gzip.compress(json.dumps(RAW).encode())[:-9],
    ],
)
def test_a_damaged_or_foreign_file_is_one_line(tmp_path: Path, data: bytes) -> None:
    write(tmp_path, data)
    with pytest.raises(DatasetError):
        read_tasks("single-line", tmp_path)


def test_a_set_that_is_not_there_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="--data"):
        read_tasks("single-line", None)


@pytest.mark.parametrize(
    ("task_id", "problem"),
    [
        ("SingleLineInfilling/HumanEval/12/L3", "HumanEval/12"),
        ("RandomSpanInfillingLight/HumanEval/163/1", "HumanEval/163"),
    ],
)
def test_a_task_knows_the_problem_it_was_cut_from(task_id: str, problem: str) -> None:
    assert problem_of(task_id) == problem
