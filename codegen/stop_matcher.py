"""Finds stop texts in a stream without ever emitting a part of one."""

from __future__ import annotations

from collections.abc import Sequence


class StopMatcher:
    """Passes streamed text on until one of the stop texts has come.

    Text that may be the beginning of a stop text is held back until the next piece decides.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Takes the stop texts; empty ones are ignored."""
        self._texts = tuple(text for text in texts if text)
        self._held = ""
        self.matched: str | None = None

    def push(self, text: str) -> str:
        """Returns what may be emitted now; after a match nothing is, and `matched` names it."""
        if self.matched is not None:
            return ""
        self._held += text
        found = [(self._held.find(stop), stop) for stop in self._texts if stop in self._held]
        if found:
            # The earliest match wins; of two at one place the longer says more.
            at, self.matched = min(found, key=lambda match: (match[0], -len(match[1])))
            emitted, self._held = self._held[:at], ""
            return emitted
        keep = max((_overlap(self._held, stop) for stop in self._texts), default=0)
        cut = len(self._held) - keep
        emitted, self._held = self._held[:cut], self._held[cut:]
        return emitted

    def flush(self) -> str:
        """Returns what was held back, once the stream has ended without a match."""
        emitted, self._held = self._held, ""
        return emitted


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of `text` that begins `stop`."""
    for n in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:n]):
            return n
    return 0
