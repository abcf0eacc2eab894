"""What an inserted text is worth: does the function work, is it the very text, how near is it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rapidfuzz.distance import Indel
from tqdm import tqdm

from analyzers.sandbox.sandbox import Sandbox
from evals.errors import DatasetError
from evals.humaneval.problems import Problem
from evals.humaneval.program import trusted_namespace
from evals.infilling.tasks import InfillingTask
from evals.judge import Case, judge_all
from evals.run_record import TaskVerdict
from lsp_server.completion.query import CompletionResult


def exact_match(inserted: str, answer: str) -> bool:
    """Whether the very text was restored; a line's end, which editors keep, does not count."""
    return inserted.rstrip("\r\n") == answer.rstrip("\r\n")


def edit_similarity(inserted: str, answer: str) -> float:
    """1 minus the normalised insert-delete distance: 1 for equal texts, 0 for nothing in common."""
    return float(Indel.normalized_similarity(inserted.rstrip("\r\n"), answer.rstrip("\r\n")))


def filled(task: InfillingTask, inserted: str) -> str:
    """The function with the hole filled, on a line of its own where it was one."""
    was_line, is_line = task.answer.endswith("\n"), inserted.endswith("\n")
    return task.prefix + inserted + ("\n" if was_line and not is_line else "") + task.suffix


def score(
    sandbox: Sandbox,
    tasks: Sequence[InfillingTask],
    results: Sequence[CompletionResult],
    problems: Sequence[Problem],
    *,
    jobs: int,
    quiet: bool = False,
) -> dict[str, TaskVerdict]:
    """Runs each filled function against its tests and compares the text with what was there.

    Raises:
        DatasetError: a task names a problem that HumanEval does not have.
    """
    helpers = _helpers(tasks, problems)
    cases = [
        Case(
            task.task_id,
            filled(task, result.text),
            task.entry_point,
            helpers[task.problem],
            task.test,
        )
        for task, result in zip(tasks, results, strict=True)
    ]
    with tqdm(total=len(cases), unit="program", desc="judging", disable=quiet) as bar:
        verdicts = judge_all(sandbox, cases, jobs=jobs, done=bar.update)
    return {
        task.task_id: TaskVerdict(
            passed=verdict.passed,
            reason=verdict.reason,
            detail=verdict.detail,
            n=1,
            n_passed=int(verdict.passed),
            seconds=verdict.seconds,
            tokens=result.tokens.get("completion", 0),
            metrics={
                "exact_match": exact_match(result.text, task.answer),
                "edit_similarity": round(edit_similarity(result.text, task.answer), 4),
                "empty": result.reason or "",
            },
        )
        for task, result, verdict in zip(tasks, results, verdicts, strict=True)
    }


def _helpers(tasks: Sequence[InfillingTask], problems: Sequence[Problem]) -> Mapping[str, str]:
    known = {problem.task_id: problem for problem in problems}
    missing = sorted({task.problem for task in tasks} - known.keys())
    if missing:
        raise DatasetError(f"{missing[0]} is no problem of HumanEval; the data is of another set")
    return {name: trusted_namespace(known[name]) for name in {task.problem for task in tasks}}
