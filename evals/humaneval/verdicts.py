"""From completions to one verdict per task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tqdm import tqdm

from analyzers.sandbox.sandbox import Sandbox
from evals.humaneval.problems import Problem
from evals.humaneval.program import build_program, trusted_namespace
from evals.judge import Case, Verdict, judge_all
from evals.run_record import TaskVerdict


def judge_completions(
    sandbox: Sandbox,
    problems: Sequence[Problem],
    completions: Mapping[str, Sequence[str]],
    *,
    jobs: int,
    tokens: Mapping[str, int] | None = None,
    quiet: bool = False,
) -> dict[str, TaskVerdict]:
    """Judges every completion; a task with fewer than the others has failed the rest."""
    n = max(1, *(len(completions.get(p.task_id, ())) for p in problems))
    cases = [
        Case(
            case_id=f"{problem.task_id} sample {i}",
            source=build_program(problem, completion),
            entry_point=problem.entry_point,
            helpers=trusted_namespace(problem),
            test=problem.test,
        )
        for problem in problems
        for i, completion in enumerate(completions.get(problem.task_id, ()))
    ]
    with tqdm(total=len(cases), unit="program", desc="judging", disable=quiet) as bar:
        verdicts = iter(judge_all(sandbox, cases, jobs=jobs, done=bar.update))
    by_task = {
        problem.task_id: [next(verdicts) for _ in completions.get(problem.task_id, ())]
        for problem in problems
    }
    return {
        task_id: _summary(found, n, (tokens or {}).get(task_id, 0))
        for task_id, found in by_task.items()
    }


def _summary(verdicts: Sequence[Verdict], n: int, tokens: int) -> TaskVerdict:
    n_passed = sum(verdict.passed for verdict in verdicts)
    missing = Verdict(False, "missing", "no completion was given", 0.0)
    padded = [*verdicts, *[missing] * (n - len(verdicts))]
    # Of several samples the first failure is told, since it says what there is to mend.
    told = next((v for v in padded if not v.passed), padded[0])
    return TaskVerdict(
        passed=n_passed == n,
        reason=told.reason,
        detail=told.detail,
        n=n,
        n_passed=n_passed,
        seconds=round(sum(verdict.seconds for verdict in verdicts), 4),
        tokens=tokens,
    )
