"""Exact one-sided tests of a loss between two runs over the same tasks.

The question is always: if the changes were as likely to go up as down, how often would so much or
more be lost? Nothing here is sampled; both tests count.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

ALPHA = Fraction(1, 20)


def mcnemar(n_lost: int, n_gained: int) -> Fraction:
    """The chance of at least `n_lost` losses among as many changes, each up or down by a coin.

    Source: McNemar 1947, in its exact (binomial) form; ties carry no information and are left out.
    """
    n = n_lost + n_gained
    return Fraction(sum(math.comb(n, i) for i in range(n_lost, n + 1)), 2**n)


def sign_flip(changes: Iterable[int]) -> Fraction:
    """The chance that the sum is as low as it is, were each change's sign drawn by a coin.

    A change is what a whole problem lost (negative) or gained, in any common unit. With changes of
    -1 and 1 this is McNemar's test; with sums over the tasks of a problem it holds also where
    those tasks fail together. The distribution is built by convolution: its size is the sum of the
    absolute changes, not two to the power of their number.
    """
    moved = [change for change in changes if change]
    sizes = [abs(change) for change in moved]
    unit = math.gcd(*sizes) if sizes else 1
    ways = {0: 1}
    for size in sizes:
        spread: defaultdict[int, int] = defaultdict(int)
        for total, count in ways.items():
            spread[total - size // unit] += count
            spread[total + size // unit] += count
        ways = spread
    observed = sum(moved) // unit
    return Fraction(
        sum(count for total, count in ways.items() if total <= observed), 2 ** len(sizes)
    )


def smallest_significant_loss(n_gained: int, floor: int = 0) -> int:
    """The fewest losses beside `n_gained` gains that are significant and above the noise floor."""
    n_lost = max(1, floor + 1)
    while mcnemar(n_lost, n_gained) > ALPHA:
        n_lost += 1
    return n_lost


def detectable_drop(n_tasks: int, discordance: float, power: float = 0.8) -> float | None:
    """The smallest drop of the pass rate that McNemar's test finds with the given chance.

    `discordance` is the share of tasks that change at all. The number of changes is binomial, and
    so is the number of losses among them. None where even a loss by every change is too seldom
    found.

    Source: Miller 2024 on power analysis, with the normal approximation replaced by the exact test.
    """
    if _power(n_tasks, discordance, 1.0) < power:
        return None
    low, high = 0.0, 1.0  # The surplus of losses over gains, as a share of the changes.
    while high - low > 1e-3:
        middle = (low + high) / 2
        if _power(n_tasks, discordance, (1 + middle) / 2) >= power:
            high = middle
        else:
            low = middle
    return discordance * high


def _power(n_tasks: int, discordance: float, loss_share: float) -> float:
    total = 0.0
    for n in range(n_tasks + 1):
        weight = _binomial(n_tasks, n, discordance)
        if weight < 1e-9:
            continue
        total += weight * sum(_binomial(n, k, loss_share) for k in range(_critical(n), n + 1))
    return total


@functools.cache
def _critical(n: int) -> int:
    """The fewest losses among n changes that are significant; n + 1 where none are."""
    tail, limit = 0, ALPHA * 2**n
    for k in range(n, -1, -1):
        tail += math.comb(n, k)
        if tail > limit:
            return k + 1
    return 0


def _binomial(n: int, k: int, p: float) -> float:
    if p in (0.0, 1.0):
        return float(k == n * p)
    return math.exp(
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(p)
        + (n - k) * math.log1p(-p)
    )
