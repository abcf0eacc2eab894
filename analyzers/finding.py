"""What a rule says about a text: where, what, how bad, how sure, and what to write instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Severity = Literal["low", "medium", "high"]
Confidence = Literal["low", "medium", "high"]
Action = Literal["off", "annotate", "fix", "block"]
LEVELS_OF_SEVERITY: tuple[Severity, ...] = get_args(Severity)
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open code point offsets into a text."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether they share a character; an empty span overlaps what it stands inside of."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Edit:
    """`text` in place of `span`, in the text that was checked."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together, in order and without overlap, and what they do in a few words."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the way from a source to a sink."""

    span: Span
    note: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something unsafe.

    rule: the name of its rule, whose page `analyzers.rules.registry` holds.
    cwe: the number of the weakness.
    steps: for flows, the way of the data, source first.
    action: what the policy makes of it; rules leave it alone.
    """

    rule: str
    cwe: int
    severity: Severity
    confidence: Confidence
    span: Span
    message: str
    steps: tuple[Step, ...] = ()
    fix: Fix | None = None
    action: Action = "annotate"
