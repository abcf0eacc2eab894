"""A share with what chance could make of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959963984540054  # The normal quantile of a two-sided 95 % interval.


@dataclass(frozen=True, slots=True)
class Rate:
    """`k` of `n`."""

    k: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.k <= self.n:
            raise ValueError(f"{self.k} of {self.n} is no share")

    @property
    def share(self) -> float | None:
        """None where there is nothing to take a share of."""
        return self.k / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval; all of 0 to 1 where n is 0.

        Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
        """
        if not self.n:
            return 0.0, 1.0
        p, n, z2 = self.k / self.n, self.n, _Z * _Z
        middle = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = _Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
        # Rounding must not push the ends past what they are by definition.
        low = 0.0 if self.k == 0 else middle - half
        high = 1.0 if self.k == n else middle + half
        return low, high

    def __str__(self) -> str:
        if not self.n:
            return "none of 0"
        low, high = self.interval
        return f"{self.k}/{self.n} = {self.k / self.n:.1%} [{low:.1%}, {high:.1%}]"
