"""Asks the analyzers, within limits. What cannot be said is a report that says so, never an error.

Loading goes on in the background after `initialized`. A check that comes earlier waits for it on
the thread that asked; the event loop never waits.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from analyzers.finding import Span
from analyzers.policy import Policy
from analyzers.project import Project
from analyzers.report import Report
from lsp_server.analysis.analyzers import Analyzers, EngineState, Mending
from lsp_server.analysis.bounded import BoundedThreads
from lsp_server.fault import describe

if TYPE_CHECKING:
    from analyzers.check import Insertion

logger = logging.getLogger(__name__)

# Whole files are scanned beside completions; four leaves room for some that never end.
_MAX_RUNNING = 4

_Result = TypeVar("_Result")
AnalystState = Literal["not loaded", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds, before the answer is "unchecked"."""

    load_s: float = 20.0
    check_s: float = 2.0
    scan_s: float = 10.0


class Analyst:
    """One for a session."""

    def __init__(self, analyzers: Analyzers, limits: Limits | None = None) -> None:
        self._analyzers = analyzers
        self._limits = limits or Limits()
        self._threads = BoundedThreads("leadsman-analysis", _MAX_RUNNING)
        # Apart from the others, so that no check is refused because of it.
        self._one_thread = BoundedThreads("leadsman-preparing", 1)
        self._lock = threading.Lock()
        self._loading: Future[None] | None = None
        self._engines: tuple[EngineState, ...] = ()
        self._rule_names: frozenset[str] = frozenset()
        self._failure: str | None = None

    @property
    def state(self) -> AnalystState:
        """Where loading stands; "failed" when nothing at all can be checked."""
        if self._loading is None:
            return "not loaded"
        if not self._loading.done():
            return "loading"
        return "ready" if self._failure is None else "failed"

    @property
    def failure(self) -> str | None:
        """Why nothing at all can be checked."""
        return self._failure

    @property
    def engines(self) -> tuple[EngineState, ...]:
        """What each engine said of its canary, once they are loaded."""
        return self._engines

    @property
    def rule_names(self) -> frozenset[str]:
        """The names of all rules, once they are loaded."""
        return self._rule_names

    def load(self) -> Future[None]:
        """Begins to load when first called; the future ends when that is over."""
        with self._lock:
            if self._loading is None:
                self._loading = self._threads.start(self._load)
            return self._loading

    def _load(self) -> None:
        try:
            self._rule_names = self._analyzers.rule_names()
            self._engines = self._analyzers.examine()
        except Exception as exc:  # noqa: BLE001 - The request guard: broken analyzers are an answer.
            self._failure = f"the analyzers cannot be loaded: {describe(exc)}"

    def check(
        self, document: str, insertion: Insertion, language: str, policy: Policy, project: Project
    ) -> Report:
        """Blocks; not for the event loop's thread. See `analyzers.check.check_prefixes`."""
        if (why := self._wait_for_load() or self._obstacle(language)) is not None:
            return unchecked(insertion.text, why, policy)
        future = self._threads.start(
            lambda: self._analyzers.check(document, insertion, language, policy, project)
        )
        try:
            return future.result(self._limits.check_s)
        except TimeoutError:
            why = f"the check took longer than {self._limits.check_s:g} s"
        except Exception as exc:  # noqa: BLE001 - The request guard: a broken check is an answer.
            why = f"the check failed: {describe(exc)}"
        return unchecked(insertion.text, why, policy)

    def prepare(self, document: str, span: Span, language: str) -> None:
        """Begins to look at a document in which something will be checked, if there is leisure.

        Neither waits nor fails: a check does without.
        """
        if self.state == "ready":
            self._one_thread.start(lambda: self._analyzers.prepare(document, span, language))

    async def scan(self, text: str, language: str, policy: Policy, project: Project) -> Report:
        """See `analyzers.check.scan`. Cancelling leaves the scan to itself."""
        try:
            await _within(self.load(), self._limits.load_s)
        except TimeoutError:
            return unchecked(text, "the analyzers are still being loaded", policy)
        if (why := self._obstacle(language)) is not None:
            return unchecked(text, why, policy)
        future = self._threads.start(lambda: self._analyzers.scan(text, language, policy, project))
        try:
            return await _within(future, self._limits.scan_s)
        except TimeoutError:
            why = f"the scan took longer than {self._limits.scan_s:g} s"
        except Exception as exc:  # noqa: BLE001 - The request guard: a broken scan is an answer.
            why = f"the scan failed: {describe(exc)}"
        return unchecked(text, why, policy)

    async def mend(self, wanted: Mending) -> str | None:
        """See `Analyzers.mend`. A fix that cannot be seen to hold in time is none."""
        future = self._threads.start(lambda: self._analyzers.mend(wanted))
        try:
            return await _within(future, self._limits.scan_s)
        except Exception as exc:  # noqa: BLE001 - The request guard: no fix is an answer.
            logger.warning("a fix could not be made: %s", describe(exc))
            return None

    def _wait_for_load(self) -> str | None:
        try:
            self.load().result(self._limits.load_s)
        except TimeoutError:
            return "the analyzers are still being loaded"
        return None

    def _obstacle(self, language: str) -> str | None:
        """Why nothing can be said of texts in that language, after loading."""
        if self._failure is not None:
            return self._failure
        return next(
            (
                f"the engine {engine.name} is broken: {engine.why_not}"
                for engine in self._engines
                if engine.why_not is not None and language in engine.languages
            ),
            None,
        )


def unchecked(text: str, why: str, policy: Policy) -> Report:
    """The report on a text that nobody could read because something of ours failed."""
    if policy.unchecked == "block":
        return Report("block", (), "not checkable", None, why, (why,))
    return Report("annotate", (), "not checkable", text, why, (why,))


async def _within(future: Future[_Result], limit_s: float) -> _Result:
    return await asyncio.wait_for(asyncio.wrap_future(future), limit_s)
