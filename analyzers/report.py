"""The answer of the analyzers: what was read, what was found, what may be offered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from analyzers.finding import Finding

# How much of the text around an insertion was read; the insertion itself always whole, or the level
# is "not checkable".
# - whole file: all of it, just as it stands. Prose and blank text need no more than the text rules.
# - repaired: all but a few lines, half-typed code closed and dummy blocks added.
# - enclosing function: the function or class around the insertion, and the file's imports.
# - fragment: the insertion's lines alone, below the file's imports.
# - text only: code of a language that has no analyzer; secrets and invisible characters were read.
Level = Literal[
    "whole file", "repaired", "enclosing function", "fragment", "text only", "not checkable"
]
LEVELS: tuple[Level, ...] = get_args(Level)
Verdict = Literal["allow", "annotate", "fix", "block"]


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one text or insertion.

    findings: what the insertion brings, wherever it lies: one that does not overlap the insertion
        is related to it, such as a call below whose argument the insertion made unsafe.
    text: what may be offered in the insertion's place: itself, its fixed form for the verdict
        "fix", None for "block".
    why: for "not checkable" and "text only" what stood in the way, for "block" what was found, for
        "fix" what was done, for "annotate" why what should be mended is not; else empty.
    problems: engines and rules that failed, one line each. What they would have found is unknown,
        so a report with problems is "not checkable" whatever else it says.
    prefix: where a prefix of the insertion is what is dangerous, that prefix; the findings then lie
        in the document that has the prefix.
    n_without_fix: for how many findings no fix was looked for, since there are so many.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    level: Level
    text: str | None
    why: str = ""
    problems: tuple[str, ...] = ()
    prefix: str | None = None
    n_without_fix: int = 0

    @property
    def is_checked(self) -> bool:
        """Whether every character that was asked about was read by every engine."""
        return self.level not in ("not checkable", "text only")
