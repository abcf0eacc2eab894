"""Clocks that need no time: pauses are skipped, and answers come when the test wants them to."""

from __future__ import annotations

import random
from typing import Any

from evals.latency.clock import Inbox

# Nothing is measured with it: a test that waits so long has failed.
PATIENCE_S = 60.0


class SkippingClock:
    """In each wait, with the chance `patience`, an answer that is on its way is waited for.

    With 1 no answer is ever late; with 0 all come after the last event.
    """

    def __init__(self, patience: float = 1.0, seed: int = 0) -> None:
        self._now_s = 0.0
        self._patience = patience
        self._rng = random.Random(seed)

    def now(self) -> float:
        """The time that was skipped so far."""
        return self._now_s

    def wait(
        self, inbox: Inbox, until_s: float, n_unanswered: int
    ) -> tuple[float, dict[str, Any]] | None:
        """A message, or a jump to `until_s`."""
        is_at_end = until_s - self._now_s > PATIENCE_S
        if n_unanswered and (is_at_end or self._rng.random() < self._patience):
            received = inbox.get(PATIENCE_S)
            if received is not None:
                return received
        self._now_s = max(self._now_s, until_s)
        return None
