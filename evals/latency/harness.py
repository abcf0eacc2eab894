"""Starts a server, plays all sessions against it, and keeps what happened however that ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evals.latency.clock import Clock, Inbox, RealClock
from evals.latency.errors import SetUpError
from evals.latency.player import Pace, Player
from evals.latency.records import SessionRecord
from evals.latency.resources import Usage, usage_of
from evals.latency.trace import Session
from evals.lsp_client import SERVER_COMMAND, LspClient, ServerGone

STATUS = "leadsman/status"
_LOADING_LIMIT_S = 600.0
_EVENTS_BETWEEN_SAMPLES = 25


@dataclass(frozen=True, slots=True)
class Config:
    """How sessions are played, and against what."""

    model: str | None = None
    pace: Pace = field(default_factory=Pace)
    command: Sequence[str] = SERVER_COMMAND
    clock: Clock = field(default_factory=RealClock)


@dataclass(slots=True)
class Harness:
    """One run. `records`, `engine` and `server` are good at any moment."""

    config: Config
    records: list[SessionRecord] = field(default_factory=list)
    engine: dict[str, Any] = field(default_factory=dict)
    _loaded: Usage = field(default_factory=Usage)
    _used: Usage = field(default_factory=Usage)
    _load_s: float = 0.0
    _begun_s: float | None = None
    _ended_s: float = 0.0

    def run(self, sessions: Sequence[Session], on_event: Callable[[], None]) -> None:
        """Plays the sessions, one after the other, on one server.

        Raises:
            SetUpError: the model is not to be had.
            ServerGone: the server ended or fell silent.
        """
        inbox = Inbox(self.config.clock.now)

        def notified(method: str, params: Any) -> None:
            inbox.put({"method": method, "params": params})

        started_s = time.perf_counter()
        with _start(self.config.command, notified) as client:
            options: dict[str, Any] = {"completionEvents": True}
            if self.config.model is not None:
                options["model"] = self.config.model
            client.initialize(options=options)
            _wait_until_ready(client, inbox)
            self._load_s = time.perf_counter() - started_s
            self.engine = client.request(STATUS, None)["engine"] or {}
            pid = client.process.pid
            self._loaded = self._used = usage_of(pid) or Usage()
            self._begun_s = time.perf_counter()
            n_events = 0

            def counted() -> None:
                nonlocal n_events
                n_events += 1
                if n_events % _EVENTS_BETWEEN_SAMPLES == 1:
                    self._sample(pid)
                on_event()

            try:
                for number, session in enumerate(sessions):
                    uri = f"file:///latency/{number}/{session.path.lstrip('/')}"
                    player = Player(
                        client, inbox, self.config.clock, self.config.pace, session, uri, counted
                    )
                    self.records.append(player.record)
                    player.play()
                    client.close_document(uri)
            finally:
                self._sample(pid)
            if (code := client.process.poll()) is not None:
                raise ServerGone(f"the server ended with code {code}; {client.last_words()}")

    def _sample(self, pid: int) -> None:
        self._used = usage_of(pid) or self._used
        self._ended_s = time.perf_counter()

    @property
    def server(self) -> dict[str, Any]:
        """What the server process used, as JSON."""
        before, after = self._loaded.cpu_s, self._used.cpu_s
        return {
            "load_s": round(self._load_s, 2),
            "sessions_s": round(self._ended_s - self._begun_s, 2) if self._begun_s else 0.0,
            "cpu_s_loading": before,
            "cpu_s_sessions": None if before is None or after is None else round(after - before, 2),
            "peak_bytes": self._used.peak_bytes,
        }


def _start(command: Sequence[str], notified: Callable[[str, Any], None]) -> LspClient:
    try:
        return LspClient(command, on_notification=notified)
    except (OSError, IndexError) as error:
        reason = getattr(error, "strerror", None) or "no program is named"
        raise SetUpError(f"cannot start {' '.join(command)!r}: {reason}") from None


def _wait_until_ready(client: LspClient, inbox: Inbox) -> None:
    limit_s = time.monotonic() + _LOADING_LIMIT_S
    while time.monotonic() < limit_s:
        received = inbox.get(0.5)
        if received is None:
            if client.process.poll() is not None:
                raise ServerGone(f"the server ended while loading; {client.last_words()}")
            continue
        message = received[1]
        if message.get("method") != STATUS:
            continue
        state, reason = message["params"]["state"], message["params"]["message"]
        if state in ("error", "no_model"):
            raise SetUpError(f"the model did not load: {reason}")
        if state == "ready":
            return
    raise ServerGone(f"the model was not loaded within {_LOADING_LIMIT_S:.0f} s")
