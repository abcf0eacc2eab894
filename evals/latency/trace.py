"""Typing sessions; the package's docstring says what the events mean.

Places are code point offsets in the session's own text at the time of the event; lines and UTF-16
units exist in the JSON document only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

How = Literal["full", "line", "word"]
EventType = Literal["insert", "delete", "move", "accept"]


@dataclass(frozen=True, slots=True)
class Event:
    """One act of the user. `start` and `end` are offsets; both are 0 for an accept."""

    t_ms: float
    type: EventType
    start: int = 0
    end: int = 0
    text: str = ""
    how: How = "full"
    seen_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Session:
    """A text, and what is done to it."""

    name: str
    language_id: str
    path: str
    initial_text: str
    cursor: int
    events: tuple[Event, ...]

    @property
    def final_text(self) -> str:
        """The text after the last event."""
        text = self.initial_text
        for event in self.events:
            text = text_after(text, event)
        return text


def text_after(text: str, event: Event) -> str:
    """The trace's own text after an event."""
    if event.type not in ("insert", "delete"):
        return text
    return text[: event.start] + event.text + text[event.end :]
