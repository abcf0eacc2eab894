"""Tells fixes that hold from those that do not, with few looks at the whole text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Item = TypeVar("_Item")
# Each look is a scan of the whole text. Of a hundred fixes of which four do not hold it takes some
# fifty to find these; where most do not, there is no use in going on.
MOST_LOOKS = 60


def holding_among(items: list[_Item], hold: Callable[[list[_Item]], bool]) -> list[_Item]:
    """Those that hold, where all of them together do not.

    Those of a part that holds together all do; of one that does not, each half is asked. What was
    not asked about after `MOST_LOOKS` questions does not hold.
    """
    held: list[_Item] = []
    todo = _halves(items)
    n_looks = 0
    while todo and n_looks < MOST_LOOKS:
        some = todo.pop(0)
        n_looks += 1
        if hold(some):
            held += some
        else:
            todo += _halves(some)
    return held


def _halves(items: list[_Item]) -> list[list[_Item]]:
    middle = len(items) // 2
    return [items[:middle], items[middle:]] if middle else []
