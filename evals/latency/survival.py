"""Quantiles of waiting times of which some were cut off before their end."""

from __future__ import annotations

from collections.abc import Sequence


def quantile(ended: Sequence[float], cut_off: Sequence[float], share: float) -> float | None:
    """The time by which `share` of the waits would have ended; none where that was never seen.

    A wait that was cut off is known to be longer than it was. That is fair as long as what cuts
    off does not know how long the wait would have been, which a replayed user does not.
    Source: Kaplan and Meier, "Nonparametric Estimation from Incomplete Observations", 1958.
    """
    # At equal times the end comes before the cut.
    waits = sorted([(time, 0) for time in ended] + [(time, 1) for time in cut_off])
    still_waiting, surviving = len(waits), 1.0
    for time, is_cut in waits:
        if not is_cut:
            surviving *= 1.0 - 1.0 / still_waiting
            # The tolerance is for the products' rounding.
            if 1.0 - surviving >= share - 1e-9:
                return round(time, 2)
        still_waiting -= 1
    return None
