"""An interval for the difference between two runs, from resampled problems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from evals.pass_at_k import problem_of

RESAMPLES = 10_000
# A block of resamples at a time, so that thousands of problems stay within some tens of megabytes.
_BLOCK = 500


def clustered_interval(
    changes: Mapping[str, float], *, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """The percentile interval of the mean change a task, problems drawn whole and with return.

    Problems are drawn instead of tasks because the tasks of one problem rise and fall together;
    the mean is the sum over the drawn problems' tasks divided by their number.
    """
    by_problem: defaultdict[str, list[float]] = defaultdict(list)
    for task_id, change in changes.items():
        by_problem[problem_of(task_id)].append(change)
    sums = np.array([sum(part) for part in by_problem.values()])
    sizes = np.array([len(part) for part in by_problem.values()])
    generator = np.random.default_rng(seed)
    means = []
    for start in range(0, RESAMPLES, _BLOCK):
        n = min(_BLOCK, RESAMPLES - start)
        drawn = generator.integers(0, len(sums), size=(n, len(sums)))
        means.append(sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1))
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(means), [tail, 1 - tail])
    return float(low), float(high)
