"""Did the model get worse? A run against its baseline, task by task, with what chance can do.

A loss fails the gate when two things hold. It is significant: were changes as likely up as down,
so much would be lost in at most one comparison of twenty. And it is larger than what the baseline
shows against itself. Tasks on which the baseline's own runs disagree are left out of both.

With one sample a task the significance is McNemar's exact test. Where tasks share a problem they
fall together, and with several samples a task there are rates and not verdicts: then the signs of
the problems' sums are flipped instead, also exactly. With one task a problem and one sample a task
both tests are the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from evals.baseline import Baseline
from evals.bootstrap import clustered_interval
from evals.comparison import Change, Comparison, Difference, Power
from evals.errors import GateError
from evals.pass_at_k import problem_of
from evals.run_record import RunRecord
from evals.sign_test import detectable_drop, mcnemar, sign_flip, smallest_significant_loss

# Fewer changes than this in a comparison says little about how many the next one will have.
_LEAST_DISCORDANCE = 0.05


def check_comparable(
    baseline: Baseline, eval_name: str, n: int, fingerprint: dict[str, str]
) -> None:
    """Whether a run of this kind may be held against the baseline; needs no finished run.

    Another model is no hindrance: whether it is worse is what the gate is asked, be it another
    quantization of the same weights or what somebody believes to be the same.

    Raises:
        GateError: another eval, mode, number of samples or data set.
    """
    first = baseline.first
    pairs = [
        ("eval", first.eval, eval_name),
        ("mode", first.mode, fingerprint.get("mode")),
        ("n", first.n, n),
    ]
    data = "dataset_sha256"
    if data in first.fingerprint:
        pairs.append((data, first.fingerprint[data], fingerprint.get(data)))
    for name, before, after in pairs:
        if before != after:
            raise GateError(
                f"the baseline has {name} {before!r} and the run {after!r}; they cannot be compared"
            )


def compare(baseline: Baseline, run: RunRecord) -> Comparison:
    """Holds a run against its baseline.

    Compared are the baseline's tasks, or those of them that the run was asked for. One that has no
    verdict in the run counts as lost: a run that ends early must not pass for it.

    Raises:
        GateError: the two cannot be compared.
    """
    check_comparable(baseline, run.eval, run.n, dict(run.fingerprint))
    asked = None if run.selection is None else frozenset(run.selection)
    tasks = [task for task in baseline.first.tasks if asked is None or task in asked]
    if not tasks:
        raise GateError("the run was asked for no task that the baseline has")
    unknown = tuple(task for task in run.tasks if task not in baseline.first.tasks)
    if unknown and baseline.first.selection is None:
        raise GateError(
            f"the baseline lacks {len(unknown)} tasks of the run, {unknown[0]} the first, though "
            "it was made of all; it has been cut and has to be made again"
        )
    noisy = _noisy(baseline, tasks)
    tested = [task for task in tasks if task not in noisy]
    # In units of one sample of one baseline run, so that every sum is a whole number.
    changes = {task: _change(baseline, run, task) for task in tasks}
    unit = run.n * len(baseline.runs)
    lost = tuple(_describe(baseline, run, task) for task in tested if changes[task] < 0)
    gained = tuple(_describe(baseline, run, task) for task in tested if changes[task] > 0)
    problems: defaultdict[str, int] = defaultdict(int)
    for task in tested:
        problems[problem_of(task)] += changes[task]
    by_task = run.n == 1 and len({problem_of(task) for task in tasks}) == len(tasks)
    net_loss = -sum(changes[task] for task in tested) / unit
    floor = _floor(baseline, tasks)
    before = sum(_rate_before(baseline, task) for task in tasks) / len(tasks)
    return Comparison(
        test="exact McNemar test over tasks" if by_task else "exact sign-flip test over problems",
        p_value=mcnemar(len(lost), len(gained)) if by_task else sign_flip(problems.values()),
        loss=len(lost) if run.n == 1 else net_loss,
        floor=floor,
        n_tasks=len(tasks),
        n_problems=len({problem_of(task) for task in tasks}),
        rate_before=before,
        rate_after=before + sum(changes.values()) / unit / len(tasks),
        interval=clustered_interval({task: changes[task] / unit for task in tasks}),
        lost=lost,
        gained=gained,
        noisy=tuple(noisy),
        missing=tuple(task for task in tasks if task not in run.tasks),
        unknown=unknown,
        differences=_differences(baseline.first, run),
        power=_power(baseline, tested, (len(lost), len(gained)), floor, by_task=by_task),
    )


def _noisy(baseline: Baseline, tasks: Sequence[str]) -> dict[str, None]:
    """Tasks without a verdict that every run of the baseline agrees on, in order.

    With several samples a task, runs differ by the draw, which the test itself takes in.
    """
    if baseline.first.n > 1:
        return {}
    return {
        task: None for task in tasks if len({run.tasks[task].passed for run in baseline.runs}) > 1
    }


def _floor(baseline: Baseline, tasks: Sequence[str]) -> float:
    """The most that two runs of the baseline differ by, in tasks.

    With one sample a task: how many verdicts differ. With several, where every task differs a
    little by the draw: how far apart the sums of the rates are.
    """
    floors = [0.0]
    for one, other in combinations(baseline.runs, 2):
        apart = [one.tasks[task].n_passed - other.tasks[task].n_passed for task in tasks]
        n = baseline.first.n
        floors.append(sum(map(abs, apart)) if n == 1 else abs(sum(apart)) / n)
    return max(floors)


def _change(baseline: Baseline, run: RunRecord, task: str) -> int:
    verdict = run.tasks.get(task)
    after = 0 if verdict is None else verdict.n_passed
    return after * len(baseline.runs) - sum(one.tasks[task].n_passed for one in baseline.runs)


def _rate_before(baseline: Baseline, task: str) -> float:
    passed = sum(run.tasks[task].n_passed for run in baseline.runs)
    return passed / (baseline.first.n * len(baseline.runs))


def _describe(baseline: Baseline, run: RunRecord, task: str) -> Change:
    verdict = run.tasks.get(task)
    return Change(
        task,
        _rate_before(baseline, task),
        0.0 if verdict is None else verdict.tally.rate,
        baseline.first.tasks[task].reason,
        "missing" if verdict is None else verdict.reason,
        "the run has no verdict on this task" if verdict is None else verdict.detail,
    )


def _differences(before: RunRecord, after: RunRecord) -> tuple[Difference, ...]:
    old = dict(before.fingerprint) | {"sandbox": ", ".join(before.sandbox.mechanisms)}
    new = dict(after.fingerprint) | {"sandbox": ", ".join(after.sandbox.mechanisms)}
    return tuple(
        Difference(name, old.get(name), new.get(name))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )


def _power(
    baseline: Baseline,
    tested: Sequence[str],
    moved: tuple[int, int],
    floor: float,
    *,
    by_task: bool,
) -> Power:
    passing = [task for task in tested if _rate_before(baseline, task) > 0]
    if not by_task:
        # A problem can lose no more than it holds, so the floor is part of the count only by task.
        n_losable = len({problem_of(task) for task in passing})
        return Power(smallest_significant_loss(0), None, n_losable, 0.0, None)
    n_lost, n_gained = moved
    discordance = max(_LEAST_DISCORDANCE, (n_lost + n_gained) / max(len(tested), 1))
    return Power(
        smallest_significant_loss(0, int(floor)),
        smallest_significant_loss(n_gained, int(floor)),
        len(passing),
        discordance,
        detectable_drop(len(tested), discordance),
    )
