"""What the server is doing and why the last answer was empty: the `leadsman/status` document."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lsp_server.analysis.analyzers import EngineState
from lsp_server.completion.query import CompletionResult, EmptyReason

STATUS_METHOD = "leadsman/status"

State = Literal["starting", "loading", "ready", "busy", "error", "no_model"]


@dataclass(frozen=True, slots=True)
class LastEmpty:
    """The last answer with nothing in it."""

    reason: EmptyReason
    detail: str
    uri: str


@dataclass(slots=True)
class Checks:
    """What the analyzers are doing and what became of the completions that they read.

    message: why nothing, or not everything, can be checked.
    offered: as they were generated; fixed: in another form; the others were withheld, or were
        offered unread where the settings say so.
    """

    state: str = "not loaded"
    message: str = ""
    engines: Sequence[EngineState] = ()
    offered: int = 0
    fixed: int = 0
    blocked: int = 0
    unchecked: int = 0
    last_unchecked: tuple[str, str] | None = None

    def document(self) -> dict[str, Any]:
        """The part of the status."""
        last = self.last_unchecked
        return {
            "state": self.state,
            "message": self.message,
            "engines": [
                {"name": engine.name, "version": engine.version, "whyNot": engine.why_not}
                for engine in self.engines
            ],
            "offered": self.offered,
            "fixed": self.fixed,
            "blocked": self.blocked,
            "unchecked": self.unchecked,
            "lastUnchecked": last and {"uri": last[0], "why": last[1]},
        }

    def count(self, result: CompletionResult) -> None:
        """Counts a completion that was read by what became of it."""
        report = result.check
        if report is None:
            return
        if not report.is_checked:
            self.unchecked += 1
        elif result.reason is not None:
            self.blocked += 1
        elif report.verdict == "fix":
            self.fixed += 1
        else:
            self.offered += 1


@dataclass(slots=True)
class Status:
    """The current status; every change goes to `publish` as a JSON document."""

    publish: Callable[[dict[str, Any]], None]
    state: State = "starting"
    message: str = ""
    model: str | None = None
    last_empty: LastEmpty | None = None
    last_timings_ms: dict[str, float] | None = None
    checks: Checks = field(default_factory=Checks)
    _published: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The status as the client sees it."""
        empty = self.last_empty
        return {
            "state": self.state,
            "message": self.message,
            "model": self.model,
            "lastEmpty": empty
            and {"reason": empty.reason, "detail": empty.detail, "uri": empty.uri},
            "lastTimingsMs": self.last_timings_ms,
            "checks": self.checks.document(),
        }

    def set_state(self, state: State, message: str, model: str | None) -> None:
        """Takes what the engine host says of itself."""
        self.state, self.message, self.model = state, message, model
        self._publish_change()

    def answered_empty(self, reason: EmptyReason, detail: str, uri: str) -> None:
        """Notes an empty answer; each is published, also when it equals the one before."""
        self.last_empty = LastEmpty(reason, detail, uri)
        self._published = {}
        self._publish_change()

    def answered(self, timings_ms: dict[str, float]) -> None:
        """Notes an answer with text."""
        self.last_timings_ms = timings_ms
        self._publish_change()

    def checks_loaded(self, state: str, message: str, engines: Sequence[EngineState]) -> None:
        """Notes where the loading of the analyzers stands."""
        self.checks.state, self.checks.message, self.checks.engines = state, message, engines
        self._publish_change()

    def was_unchecked(self, uri: str, why: str) -> None:
        """Notes a text that could not be checked though it should have been."""
        self.checks.last_unchecked = (uri, why)
        self._publish_change()

    def _publish_change(self) -> None:
        document = self.document()
        if document != self._published:
            self._published = document
            self.publish(document)
