"""When to begin, and when to show what there is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

# How much of an estimate a new time replaces.
_FORGETTING = 0.2


@dataclass(slots=True)
class Debounce:
    """Waits for the user to pause, but never longer than makes the answer come later than that.

    An answer that comes sooner after a keystroke than the pause would be swept away by the next
    one. So the time that the answer will take anyway, as measured, is part of the pause.
    """

    expected_ms: float = 0.0

    def learn(self, took_ms: float) -> None:
        """Takes in how long the model took for an answer that was shown."""
        known = self.expected_ms or took_ms
        self.expected_ms = known + _FORGETTING * (took_ms - known)

    def wait_ms(self, pause_ms: float, since_edit_ms: float) -> float:
        """How long to wait before the model begins."""
        return max(0.0, pause_ms - since_edit_ms - self.expected_ms)


def after_seconds(
    budget_s: float | None, now: Callable[[], float] = time.perf_counter
) -> Callable[[], bool]:
    """Whether that much time has passed since this call; never without a budget."""
    if budget_s is None:
        return lambda: False
    due = now() + budget_s
    return lambda: now() >= due
