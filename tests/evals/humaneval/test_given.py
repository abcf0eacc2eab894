"""Completions from a file: every line is understood or named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from evals.errors import SamplesError
from evals.humaneval.given import read_completions
from evals.humaneval.problems import load_problems

PROBLEMS = load_problems()[:3]


def line(task: int, completion: str, **more: object) -> str:
    return json.dumps({"task_id": f"HumanEval/{task}", "completion": completion, **more})


def test_completions_keep_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text("\n".join([line(1, "a"), "", line(0, "b", extra=1), line(1, "c")]) + "\n")
    assert read_completions(path, PROBLEMS).completions == {
        "HumanEval/0": ["b"],
        "HumanEval/1": ["a", "c"],
        "HumanEval/2": [],
    }


def test_odd_characters_come_through(tmp_path: Path) -> None:
    text = "x = '\u2028\x85\x1e'\r\n"
    path = tmp_path / "samples.jsonl.gz"
    raw = json.dumps({"task_id": "HumanEval/0", "completion": text}, ensure_ascii=False)
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + raw.encode()))
    assert read_completions(path, PROBLEMS).completions["HumanEval/0"] == [text]


def test_tasks_that_were_not_asked_for_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text(f"{line(0, 'a')}\n{line(163, 'b')}\n")
    assert "HumanEval/163" not in read_completions(path, PROBLEMS).completions


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1"),
        (f"{line(0, 'a')}\n[]", "line 2"),
        ('{"task_id": "HumanEval/0"}', "lacks"),
        ('{"task_id": "HumanEval/0", "completion": null}', "lacks"),
        (line(164, "a"), "no task of HumanEval"),
        ('{"task_id": "HumanEval/-1", "completion": ""}', "no task of HumanEval"),
        ('{"task_id": "HumanEval/' + "9" * 5000 + '", "completion": ""}', "no task of HumanEval"),
        ('{"task_id": "MBPP/1", "completion": ""}', "no task of HumanEval"),
        ("", "no completion"),
        (line(100, "a"), "no completion"),
        ("[" * 100_000, "line 1"),
    ],
)
def test_what_is_no_completion_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_text(text)
    with pytest.raises(SamplesError, match=said):
        read_completions(path, PROBLEMS)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x1f\x8bdamaged"])
def test_a_file_that_is_no_text_is_one_line(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "samples.jsonl"
    path.write_bytes(data)
    with pytest.raises(SamplesError, match="cannot be read"):
        read_completions(path, PROBLEMS)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SamplesError, match="cannot be read"):
        read_completions(tmp_path / "none.jsonl", PROBLEMS)
