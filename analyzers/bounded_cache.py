"""A cache for what is worked out from texts, bounded by how much text it holds."""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

_Value = TypeVar("_Value")
_all: weakref.WeakSet[BoundedCache[Any]] = weakref.WeakSet()


def forget_all() -> None:
    """Empties every cache, as when a process begins."""
    for cache in list(_all):
        cache.clear()


class BoundedCache(Generic[_Value]):
    """Values by text. What was used longest ago goes first when the texts grow too large together.

    max_chars: how long all texts may be together. A text longer than that is not kept.
    """

    def __init__(self, max_chars: int) -> None:
        self._max_chars = max_chars
        self._n_chars = 0
        self._values: OrderedDict[str, _Value] = OrderedDict()
        self._lock = threading.Lock()
        _all.add(self)

    def get(self, text: str, make: Callable[[str], _Value]) -> _Value:
        """The value for `text`, made on the first call. Two threads may both make it."""
        with self._lock:
            known = self._values.get(text)
            if known is not None:
                self._values.move_to_end(text)
                return known
        value = make(text)
        with self._lock:
            if text not in self._values:
                self._n_chars += len(text)
            self._values[text] = value
            while self._n_chars > self._max_chars:
                self._n_chars -= len(self._values.popitem(last=False)[0])
        return value

    def known(self, text: str) -> _Value | None:
        """The value for `text` if it was made already."""
        with self._lock:
            return self._values.get(text)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._values.clear()
            self._n_chars = 0

    def __len__(self) -> int:
        return len(self._values)

    @property
    def n_chars(self) -> int:
        """How long the texts are together."""
        return self._n_chars
