"""Completions that somebody else generated: `--samples FILE`."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Sequence
from pathlib import Path

from evals.errors import SamplesError
from evals.humaneval.problems import Problem


def read_completions(path: Path, problems: Sequence[Problem]) -> dict[str, list[str]]:
    """The completions of each task, in the order of the file; "-" is not a file here.

    Each line is an object with `task_id` and `completion`; other fields are ignored. A task that
    is not among `problems` is passed over, as long as HumanEval has it.

    Raises:
        SamplesError: the file cannot be read, or a line is no completion of HumanEval.
    """
    completions: dict[str, list[str]] = {problem.task_id: [] for problem in problems}
    for number, line in enumerate(_lines(path), start=1):
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
    return completions


def digest_of(path: Path) -> str:
    """The sha256 of the file, for the fingerprint."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _lines(path: Path) -> list[str]:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        # Split at line feeds alone: JSON lines may hold other separators inside their texts.
        return raw.decode("utf-8-sig").split("\n")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise SamplesError(f"{path} cannot be read ({error})") from error


def _exists(task_id: str) -> bool:
    number = task_id.removeprefix("HumanEval/")
    return number != task_id and number.isascii() and number.isdecimal() and int(number) < 164
