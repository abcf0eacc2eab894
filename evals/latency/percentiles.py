"""Percentiles that say how far they can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

POINTS = (50, 95, 99)
# Below this many samples a percentile is little more than the greatest of them.
ENOUGH = {50: 5, 95: 20, 99: 100}
_RESAMPLES = 1000


def summarize(samples: Sequence[float]) -> dict[str, Any]:
    """Percentiles in the samples' unit, each with a 95 % bootstrap interval.

    `too_few_for` names the percentiles that so few samples cannot tell.
    Source: Efron, percentile bootstrap, 1000 resamples, seeded.
    """
    n = len(samples)
    if not n:
        return {"n": 0}
    values = np.asarray(samples, dtype=np.float64)
    rng = np.random.default_rng(0)
    drawn = np.percentile(values[rng.integers(0, n, (_RESAMPLES, n))], POINTS, axis=1)
    summary: dict[str, Any] = {"n": n, "mean": round(float(values.mean()), 2)}
    for point, value, resampled in zip(POINTS, np.percentile(values, POINTS), drawn, strict=True):
        low, high = np.percentile(resampled, (2.5, 97.5))
        summary[f"p{point}"] = round(float(value), 2)
        summary[f"p{point}_interval"] = [round(float(low), 2), round(float(high), 2)]
    summary["too_few_for"] = [f"p{point}" for point in POINTS if n < ENOUGH[point]]
    return summary
