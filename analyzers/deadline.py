"""How long an analysis may take, checked between its steps."""

from __future__ import annotations

import time
from dataclasses import dataclass

# What all rules together read of ordinary code; odd code takes longer, and is cut off by the clock.
CHARS_IN_A_SECOND = 400_000


class TooSlow(Exception):
    """The time for an analysis ran out."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on the clock of this thread, and how many seconds it was away when it was set.

    That clock stands still while others have the processor: on a busy machine nothing goes
    unchecked that would be checked on an idle one. Whoever waits has a limit of their own.
    """

    at_s: float
    budget_s: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The moment that is `seconds` away."""
        return cls(time.thread_time() + seconds, seconds)

    def check(self) -> None:
        """Nothing, before the moment.

        Raises:
            TooSlow: it has passed.
        """
        if self.is_over:
            raise TooSlow(self.why)

    @property
    def is_over(self) -> bool:
        """Whether the moment has passed."""
        return time.thread_time() > self.at_s

    @property
    def most_chars(self) -> int:
        """How much code can be read until then; to begin with more is of no use."""
        return int(self.budget_s * CHARS_IN_A_SECOND)

    @property
    def why(self) -> str:
        """What to say when it has."""
        return f"too slow: not done within {self.budget_s:g} s"
