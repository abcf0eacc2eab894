"""Sessions for tests: written by hand, and generated from small texts."""

from __future__ import annotations

import random
from typing import Any

from evals.latency.sessions import Source, make_session
from evals.latency.trace import Session
from evals.latency.trace_document import SCHEMA, VERSION, read_document

TEXT = '''"""Shapes."""

import math


def area(radius: float) -> float:
    """The area of a circle."""
    squared = radius * radius
    return math.pi * squared


def volume(radius: float, height: float) -> float:
    """The volume of a cylinder: π r² h."""
    base = area(radius)
    return base * height
'''


def at(line: int, character: int) -> dict[str, int]:
    """A position."""
    return {"line": line, "character": character}


def insert(t_ms: float, line: int, character: int, text: str) -> dict[str, Any]:
    """An insert event."""
    return {"t_ms": t_ms, "type": "insert", "at": at(line, character), "text": text}


def delete(t_ms: float, start: dict[str, int], end: dict[str, int]) -> dict[str, Any]:
    """A delete event."""
    return {"t_ms": t_ms, "type": "delete", "range": {"start": start, "end": end}}


def accept(t_ms: float, how: str = "full", **more: Any) -> dict[str, Any]:
    """An accept event."""
    return {"t_ms": t_ms, "type": "accept", "how": how, **more}


def document(events: list[dict[str, Any]], text: str = "", **more: Any) -> dict[str, Any]:
    """A trace document of one session."""
    session = {"name": "made", "language_id": "python", "initial_text": text, "events": events}
    return {"schema": SCHEMA, "version": VERSION, "sessions": [session | more]}


def session(events: list[dict[str, Any]], text: str = "", **more: Any) -> Session:
    """The session of `document`."""
    (made,) = read_document(document(events, text, **more))
    return made


def generated(seed: int, n_chars: int = 40, text: str = TEXT) -> Session:
    """A session out of a small file."""
    return make_session(Source("shapes.py", "python", text), random.Random(seed), n_chars, seed)
