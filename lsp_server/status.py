"""What the server is doing and why the last answer was empty: the `leadsman/status` document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from lsp_server.completion.query import EmptyReason

STATUS_METHOD = "leadsman/status"

State = Literal["starting", "loading", "ready", "busy", "error", "no_model"]


@dataclass(frozen=True, slots=True)
class LastEmpty:
    """The last answer with nothing in it."""

    reason: EmptyReason
    detail: str
    uri: str


@dataclass(slots=True)
class Status:
    """The current status; every change goes to `publish` as a JSON document."""

    publish: Callable[[dict[str, Any]], None]
    state: State = "starting"
    message: str = ""
    model: str | None = None
    last_empty: LastEmpty | None = None
    last_timings_ms: dict[str, float] | None = None
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

    def _publish_change(self) -> None:
        document = self.document()
        if document != self._published:
            self._published = document
            self.publish(document)
