"""How a long operation of the store tells its caller how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Draws, forwards or ignores what the store reports. Called from the thread that pulls."""

    def update(self, stage: str, done_bytes: int, total_bytes: int) -> None:
        """`done_bytes` of the `total_bytes` of `stage` are there."""
        ...

    def note(self, line: str) -> None:
        """One line that the user should see: a source that is skipped, a lock that is awaited."""
        ...


class Silent:
    """Ignores all progress."""

    def update(self, stage: str, done_bytes: int, total_bytes: int) -> None:
        """Does nothing."""

    def note(self, line: str) -> None:
        """Does nothing."""
