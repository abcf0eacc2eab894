"""Pass rates of sampled programs, with what is known about their error.

Sources: Chen et al. 2021 (arXiv 2107.03374) for the unbiased pass@k; Miller 2024, "Adding Error
Bars to Evals", for the standard error clustered by what the questions share.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PROBLEM = re.compile(r".*?/[0-9]+(?=/|$)")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many samples of a task were judged, and how many of them passed."""

    n: int
    n_passed: int

    def __post_init__(self) -> None:
        if not 0 <= self.n_passed <= self.n or self.n < 1:
            raise ValueError(f"{self.n_passed} of {self.n} samples cannot have passed")

    @property
    def rate(self) -> float:
        """The share of samples that passed."""
        return self.n_passed / self.n


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run says about the model. `stderr` is None where one problem cannot tell."""

    pass_at_1: float
    stderr: float | None
    pass_at_k: dict[int, float]


def pass_at_k(n: int, n_passed: int, k: int) -> float:
    """The chance that k samples, drawn without return from n, hold one that passed.

    Equals 1 - C(n - n_passed, k) / C(n, k), as a product that neither overflows nor cancels.

    Raises:
        ValueError: k is not in 1..n, or n_passed not in 0..n.
    """
    Tally(n, n_passed)
    if not 1 <= k <= n:
        raise ValueError(f"pass@{k} needs at least {k} samples a task and there are {n}")
    # Where fewer than k samples failed, the factor of i = k is zero.
    return 1.0 - math.prod(1.0 - k / i for i in range(n - n_passed + 1, n + 1))


def summarize(tallies: Mapping[str, Tally], ks: Sequence[int] = (1, 5, 10, 100)) -> Summary:
    """Pass@1 with its standard error, and pass@k for each k that every task has samples for."""
    if not tallies:
        return Summary(0.0, None, {})
    fewest = min(tally.n for tally in tallies.values())
    rates = {task_id: tally.rate for task_id, tally in tallies.items()}
    return Summary(
        math.fsum(rates.values()) / len(rates),
        standard_error(rates),
        {
            k: math.fsum(pass_at_k(t.n, t.n_passed, k) for t in tallies.values()) / len(tallies)
            for k in ks
            if k <= fewest
        },
    )


def standard_error(rates: Mapping[str, float]) -> float | None:
    """The standard error of the mean rate, clustered by the problem that tasks come from.

    With one task a problem it is the standard deviation (ddof 1) over the root of the number of
    tasks. None where all tasks come from one problem: one draw tells nothing about the next.
    """
    mean = math.fsum(rates.values()) / max(len(rates), 1)
    residuals: defaultdict[str, list[float]] = defaultdict(list)
    for task_id, rate in rates.items():
        residuals[problem_of(task_id)].append(rate - mean)
    n_problems = len(residuals)
    if n_problems < 2:
        return None
    squares = math.fsum(math.fsum(parts) ** 2 for parts in residuals.values())
    return math.sqrt(squares * n_problems / (n_problems - 1)) / len(rates)


def problem_of(task_id: str) -> str:
    """What a task shares with its siblings: the id up to its first number.

    `SingleLineInfilling/HumanEval/12/L3` belongs to `SingleLineInfilling/HumanEval/12`; an id
    without a number between slashes stands for itself.
    """
    match = _PROBLEM.match(task_id)
    return match.group() if match else task_id
