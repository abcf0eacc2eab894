"""The infilling tasks: a function with a span taken out, and the function's tests."""

from __future__ import annotations

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from evals.errors import DatasetError

Kind = Literal["single-line", "random-span", "random-span-light", "multi-line"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FILES: dict[Kind, str] = {
    "single-line": "HumanEval-SingleLineInfilling.jsonl.gz",
    "multi-line": "HumanEval-MultiLineInfilling.jsonl.gz",
    "random-span": "HumanEval-RandomSpanInfilling.jsonl.gz",
    "random-span-light": "HumanEval-RandomSpanInfillingLight.jsonl.gz",
}
SHIPPED = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class InfillingTask:
    """A hole between `prefix` and `suffix`; `answer` was there.

    test: source that defines `check(candidate)`.
    problem: the id of the HumanEval problem that it was cut from.
    """

    task_id: str
    prefix: str
    suffix: str
    answer: str
    entry_point: str
    test: str
    problem: str
    language_id: str = "python"


def problem_of(task_id: str) -> str:
    """The HumanEval problem that a task was cut from: tasks of one problem are not independent.

    "SingleLineInfilling/HumanEval/12/L3" -> "HumanEval/12"
    """
    parts = task_id.split("/")
    if "HumanEval" not in parts[:-1]:
        raise DatasetError(f"{task_id!r} is no infilling task: its id names no HumanEval problem")
    at = parts.index("HumanEval")
    return "/".join(parts[at : at + 2])


def read_tasks(kind: Kind, folder: Path | None) -> list[InfillingTask]:
    """All tasks of a kind, from `folder` or from what is shipped.

    Raises:
        DatasetError: the file is not there, is damaged, or holds something else.
    """
    path = (folder or SHIPPED) / FILES[kind]
    if not path.is_file():
        hint = "name the folder that holds it with --data" if folder is None else "see --kind"
        raise DatasetError(f"{path} is not there; {hint}")
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            raw = [json.loads(line) for line in file]
        return [
            InfillingTask(
                task_id=item["task_id"],
                prefix=item["prompt"],
                suffix=item["suffix"],
                answer=item["canonical_solution"],
                entry_point=item["entry_point"],
                test=item["test"],
                problem=problem_of(item["task_id"]),
            )
            for item in raw
        ]
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error) as error:
        raise DatasetError(f"{path} is damaged or no set of infilling tasks ({error})") from error
