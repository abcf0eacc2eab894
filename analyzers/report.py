"""The answer of the analyzers: what was read, what was found, what may be offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from analyzers.finding import Finding

# How much of the text around an insertion was read; the insertion itself always whole, or the level
# is "not checkable". "enclosing function": that function and the file's imports.
Level = Literal["whole file", "repaired", "enclosing function", "fragment", "not checkable"]
LEVELS: tuple[Level, ...] = get_args(Level)
Verdict = Literal["allow", "annotate", "fix", "block"]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one text or insertion.

    text: what may be offered in the insertion's place: itself, its fixed form for the verdict
        "fix", None for "block".
    why: for "not checkable" what stood in the way, for "block" what was found; else empty.
    problems: engines and rules that failed, one line each. What they would have found is unknown,
        so a report with problems is "not checkable" whatever else it says.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    level: Level
    text: str | None
    why: str = ""
    problems: tuple[str, ...] = ()

    @property
    def is_checked(self) -> bool:
        """Whether every character that was asked about was read by every engine."""
        return self.level != "not checkable"
