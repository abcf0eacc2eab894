"""Completions that somebody else generated: `--samples FILE`."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evals.errors import SamplesError
from evals.humaneval.problems import N_PROBLEMS, Problem


@dataclass(frozen=True, slots=True)
class Given:
    """The completions of each task, in the order of the file, and the file's sha256."""

    completions: dict[str, list[str]]
    sha256: str


def read_completions(path: Path, problems: Sequence[Problem]) -> Given:
    """Reads a file of completions, once, so that it may be a pipe.

    Each line is an object with `task_id` and `completion`; other fields are ignored. A task that
    is not among `problems` is passed over, as long as HumanEval has it.

    Raises:
        SamplesError: the file cannot be read, or a line is no completion of HumanEval.
    """
    completions: dict[str, list[str]] = {problem.task_id: [] for problem in problems}
    raw_bytes = _read(path)
    for number, line in enumerate(_lines(path, raw_bytes), start=1):
        if not line.strip():
            continue
        where = f"{path} line {number}"
        try:
            raw = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SamplesError(f"{where} is no JSON ({error})") from error
        if not isinstance(raw, dict):
            raise SamplesError(f"{where} is no object with task_id and completion")
        task_id, completion = raw.get("task_id"), raw.get("completion")
        if not isinstance(task_id, str) or not isinstance(completion, str):
            raise SamplesError(f"{where} lacks the text task_id or the text completion")
        if not _exists(task_id):
            raise SamplesError(f"{where}: {task_id[:60]!r} is no task of HumanEval")
        if task_id in completions:
            completions[task_id].append(completion)
    if not any(completions.values()):
        raise SamplesError(f"{path} holds no completion of the tasks asked for")
    return Given(completions, hashlib.sha256(raw_bytes).hexdigest())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SamplesError(f"{path} cannot be read ({error.strerror})") from error


def _lines(path: Path, raw: bytes) -> list[str]:
    try:
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        # Split at line feeds alone: JSON lines may hold other separators inside their texts.
        return raw.decode("utf-8-sig").split("\n")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise SamplesError(f"{path} cannot be read ({error})") from error


def _exists(task_id: str) -> bool:
    number = task_id.removeprefix("HumanEval/")
    is_number = number.isascii() and number.isdecimal() and len(number) < 4
    return number != task_id and is_number and int(number) < N_PROBLEMS
