"""What a rule is: a name, a weakness, a manual page, and a function that finds it.

A rule is one module under `analyzers/rules/`. Its docstring is the page, under the headings of
`PAGE_HEADINGS`; `RULE` says the rest; `find` looks, and `fix`, where there is one, mends.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

from analyzers.finding import Confidence, Severity

Language = Literal["python", "javascript", "typescript", "any"]
PAGE_HEADINGS = ("What it does", "Why is this bad?", "Example", "Use instead", "References")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is fixed about a rule.

    name: lower-case words with hyphens.
    cwe: the weakness that a finding has unless it says otherwise.
    languages: of which texts it is asked.
    aliases: tests of Bandit and rules of ruff that mean the same; their findings appear under this
        name, and never twice in one place.
    words: text without any of these words (compared in lower case) cannot hold a finding of
        this rule; empty: any text may.
    """

    name: str
    cwe: int
    severity: Severity
    confidence: Confidence
    languages: tuple[Language, ...] = ("python",)
    aliases: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def may_be_in(self, lowered: str) -> bool:
        """Whether a text, given in lower case, has one of the words."""
        if not self.words:
            return True
        words = _of_ascii(self.words) if lowered.isascii() else self.words
        return any(word in lowered for word in words)

    def may_be_among(self, said: frozenset[str]) -> bool:
        """Whether a text that has these words, of those of all rules, has one of this rule."""
        return not self.words or not said.isdisjoint(self.words)


@functools.cache
def _of_ascii(words: tuple[str, ...]) -> tuple[str, ...]:
    """Those that plain English letters can make up."""
    return tuple(word for word in words if word.isascii())
