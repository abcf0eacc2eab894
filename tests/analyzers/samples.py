"""Samples of what takes long to go through whole; LEADSMAN_FULL_TESTS=1 asks for all of it."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
IS_FULL = os.environ.get("LEADSMAN_FULL_TESTS", "") not in ("", "0")


def some_of(items: Sequence[_Item], n: int) -> list[_Item]:
    """The same `n` of the items at every run, or all of them, in their order."""
    if IS_FULL or len(items) <= n:
        return list(items)
    chosen = sorted(random.Random(4).sample(range(len(items)), n))
    return [items[i] for i in chosen]
