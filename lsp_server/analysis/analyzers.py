"""The seam to the analyzers, and the ones that are really used.

Everything under `analyzers` that takes time to import is imported when it is first called, because
`initialize` does not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from analyzers.finding import Finding, Span
from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.report import Report

if TYPE_CHECKING:
    from analyzers.check import Insertion


@dataclass(frozen=True, slots=True)
class EngineState:
    """One engine behind the analyzers.

    languages: of which texts nothing can be said while it is broken.
    why_not: what is wrong with it; None for an engine that found what it must find.
    """

    name: str
    version: str
    languages: tuple[str, ...]
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class Mending:
    """Findings to be mended in a whole text.

    report: that on `text`, the chosen findings among its own.
    """

    text: str
    language: str
    report: Report
    chosen: Sequence[Finding]
    policy: Policy
    project: Project


class Analyzers(Protocol):
    """What reads texts. Called on any thread, on several at once."""

    def examine(self) -> tuple[EngineState, ...]:
        """Imports what is needed and asks each engine for a finding that it must have."""
        ...

    def rule_names(self) -> frozenset[str]:
        """The names of all rules."""
        ...

    def check(
        self, document: str, insertion: Insertion, language: str, policy: Policy, project: Project
    ) -> Report:
        """What the insertion and every beginning of it bring into the document."""
        ...

    def prepare(self, document: str, span: Span, language: str) -> None:
        """Looks at a document before something is checked there, so that this takes less long."""
        ...

    def scan(self, text: str, language: str, policy: Policy, project: Project) -> Report:
        """The findings in a whole text, with fixes that are proposed."""
        ...

    def mend(self, wanted: Mending) -> str | None:
        """The text with those fixes of the chosen findings that hold, None where none does."""
        ...


class LocalAnalyzers:
    """Those of this process."""

    def examine(self) -> tuple[EngineState, ...]:
        """See `Analyzers`."""
        from lsp_server.analysis.canaries import examine_engines

        return examine_engines()

    def rule_names(self) -> frozenset[str]:
        """See `Analyzers`."""
        from analyzers.registry import rules

        return frozenset(rules())

    def check(
        self, document: str, insertion: Insertion, language: str, policy: Policy, project: Project
    ) -> Report:
        """See `Analyzers`."""
        from analyzers.check import check_prefixes

        return check_prefixes(document, insertion, language, policy, project=project)

    def prepare(self, document: str, span: Span, language: str) -> None:
        """See `Analyzers`."""
        from analyzers.check import prepare

        prepare(document, span, language)

    def scan(self, text: str, language: str, policy: Policy, project: Project) -> Report:
        """See `Analyzers`."""
        from analyzers.check import scan

        return scan(text, language, policy, project=project)

    def mend(self, wanted: Mending) -> str | None:
        """See `Analyzers`."""
        from analyzers.check import scan
        from analyzers.fixes.whole_text import make_fixes

        def look(text: str) -> Report:
            return scan(text, wanted.language, wanted.policy, project=wanted.project)

        result = make_fixes(wanted.text, wanted.report, wanted.chosen, look)
        return None if result.text == wanted.text else result.text
