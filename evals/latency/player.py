"""Plays one session against a server as an editor would, while the server works.

Each edit is sent at its time as `textDocument/didChange`; once no edit has come for the debounce
time, a completion is asked for. An edit cancels the request before it, and ghost text that the
edit did not follow disappears. A jump hides ghost text and asks for nothing, as in VS Code.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from evals.latency.clock import Clock, Inbox, Message
from evals.latency.ghost import Ghost, insertion, n_matching
from evals.latency.manuscript import Change, Manuscript
from evals.latency.records import Asked, SessionRecord
from evals.latency.trace import Event, Session
from evals.lsp_client import ServerGone, position_utf16

METHOD = "textDocument/inlineCompletion"
EVENT_METHOD = "leadsman/completionEvent"
CANCELLED = -32800

# Longer than any completion: a server that says nothing for so long is taken for dead.
_SILENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The client's times. With `speed` above 1 all of them shrink; the server's do not."""

    debounce_ms: float = 50.0
    speed: float = 1.0

    def seconds(self, ms: float) -> float:
        """A time of the trace in seconds of the clock."""
        return ms / 1e3 / self.speed


class Editing(Protocol):
    """What a player does to a server."""

    def open(self, uri: str, text: str, language_id: str = ...) -> None:
        """Opens a document."""
        ...

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification."""
        ...

    def ask(self, method: str, params: Any, on_answer: Callable[[dict[str, Any]], None]) -> int:
        """Sends a request and returns its id; the answer is told on another thread."""
        ...


@dataclass(slots=True)
class Player:
    """One session under way. `record` is good at any moment, also after an interruption."""

    client: Editing
    inbox: Inbox
    clock: Clock
    pace: Pace
    session: Session
    uri: str
    on_event: Callable[[], None] = lambda: None
    record: SessionRecord = field(init=False)
    manuscript: Manuscript = field(init=False)
    _sent_text: str = ""
    _version: int = 1
    _ghost: Ghost | None = None
    _watch: Event | None = None
    _watch_s: float = 0.0
    _current: Asked | None = None
    _ask_s: float | None = None
    _keystroke_s: float = 0.0
    _unanswered: dict[int, Asked] = field(default_factory=dict)
    _by_id: dict[int, Asked] = field(default_factory=dict)
    _is_over: bool = False

    def __post_init__(self) -> None:
        self.record = SessionRecord(self.session.name)
        self.manuscript = Manuscript(self.session)
        self._sent_text = self.manuscript.text

    def play(self) -> SessionRecord:
        """Replays the session to its end; the document stays open.

        Raises:
            ServerGone: the server ended or fell silent.
        """
        self.client.open(self.uri, self.manuscript.text, self.session.language_id)
        last_ms, due_s = 0.0, self.clock.now()
        for event_idx, event in enumerate(self.session.events):
            self.on_event()
            interval_s = self.pace.seconds(event.t_ms - last_ms)
            last_ms = event.t_ms
            if self._is_left_out(event_idx, event):
                self._leave_out(event_idx, event)
                continue
            accepted_s = self._live_until(due_s + interval_s)
            if accepted_s is not None and self._is_left_out(event_idx, event):
                # The pause before a key ends where its text was accepted instead.
                due_s = accepted_s
                self._leave_out(event_idx, event)
                continue
            if accepted_s is not None:
                self._live_until(due_s + interval_s)
            due_s += interval_s
            self._do(event_idx, event)
        self._finish()
        self.record.is_complete = True
        return self.record

    def _is_left_out(self, event_idx: int, event: Event) -> bool:
        if event.type != "accept":
            return self.manuscript.is_needless(event_idx, event)
        # A chance to accept belongs to the keystroke after it.
        following = event_idx + 1
        if following >= len(self.session.events):
            return False
        after = self.session.events[following]
        return after.type != "accept" and self.manuscript.is_needless(following, after)

    def _leave_out(self, event_idx: int, event: Event) -> None:
        self.record.n_left_out += event.type != "accept"
        self.manuscript.apply(event_idx, event)

    def _do(self, event_idx: int, event: Event) -> None:
        if event.type == "accept":
            self._watch, self._watch_s = event, self.clock.now()
            return
        self._watch = None
        typed = event.text if event.type == "insert" else ""
        at_cursor = self.manuscript.cursor
        changes = self.manuscript.apply(event_idx, event)
        shown, self._ghost = self._ghost, None
        if shown is not None and typed and changes == [Change(at_cursor, at_cursor, typed)]:
            self._ghost = shown.after(typed)
            self.record.n_typed_through += shown.text.startswith(typed)
        if event.type == "move":
            self._supersede()
            self._ask_s = None
            return
        self.record.n_keystrokes += 1
        self.record.n_typed_chars += len(typed)
        self._edit(changes)

    def _live_until(self, due_s: float) -> float | None:
        """Reads answers and asks until the next event is due, or until it accepted: then when."""
        while True:
            accept_s = self._accept_time()
            wake_s = min(due_s, self._ask_s or math.inf, accept_s)
            if self.clock.now() >= wake_s:
                if accept_s == wake_s and accept_s < due_s:
                    self._accept()
                    return self.clock.now()
                if self._ask_s == wake_s:
                    self._ask()
                    continue
                return None
            self._receive_one(wake_s)

    def _accept_time(self) -> float:
        """When the user would accept what is visible; never, where it does not agree."""
        if self._watch is None or self._ghost is None:
            return math.inf
        if not self._ghost.part_that_agrees(self._watch.how, self.manuscript.due_text()):
            return math.inf
        seen_s = self._ghost.shown_s + self.pace.seconds(self._watch.seen_ms)
        return max(self._watch_s, seen_s)

    def _accept(self) -> None:
        assert self._watch is not None
        assert self._ghost is not None
        found = self._ghost.part_that_agrees(self._watch.how, self.manuscript.due_text())
        assert found is not None
        how, part = found
        self._watch = None
        self._ghost = self._ghost.after(part)
        change = self.manuscript.accept(len(part))
        self.record.n_keystrokes += 1
        self.record.n_accepts[how] += 1
        self.record.n_accepted_chars += len(part)
        # What agrees with the end of the trace is never taken back.
        self.record.n_kept_chars += len(part)
        self._edit([change])

    def _edit(self, changes: list[Change]) -> None:
        self._supersede()
        self._version += 1
        text = self._sent_text
        content = []
        for change in changes:
            ends = {"start": change.start, "end": change.end}
            span = {key: position_utf16(text, at) for key, at in ends.items()}
            content.append({"range": span, "text": change.text})
            text = text[: change.start] + change.text + text[change.end :]
        self._sent_text = text
        document = {"uri": self.uri, "version": self._version}
        params = {"textDocument": document, "contentChanges": content}
        self.client.notify("textDocument/didChange", params)
        self._keystroke_s = self.clock.now()
        self._ask_s = self._keystroke_s + self.pace.seconds(self.pace.debounce_ms)

    def _supersede(self) -> None:
        if self._current is None:
            return
        if self._current.request_id in self._unanswered:
            self._current.cut_off_s = self.clock.now()
            self.client.notify("$/cancelRequest", {"id": self._current.request_id})
        self._current = None

    def _ask(self) -> None:
        self._supersede()
        self._ask_s = None
        params = {
            "textDocument": {"uri": self.uri},
            "position": position_utf16(self.manuscript.text, self.manuscript.cursor),
            "context": {"triggerKind": 2},
        }
        sent_s = self.clock.now()
        request_id = self.client.ask(METHOD, params, self.inbox.put)
        asked = Asked(request_id, self._keystroke_s, sent_s)
        self.record.asked.append(asked)
        self._unanswered[request_id] = self._by_id[request_id] = self._current = asked

    def _receive_one(self, until_s: float) -> bool:
        received = self.clock.wait(self.inbox, until_s, len(self._unanswered))
        if received is None:
            return False
        at_s, message = received
        if message.get("method") == EVENT_METHOD:
            asked = self._by_id.get(message["params"]["id"])
            if asked is not None:
                asked.event = message["params"]
        elif "method" not in message:
            if "id" not in message:
                raise ServerGone(str(message["error"]))
            self._answered(at_s, message)
        return True

    def _answered(self, at_s: float, message: Message) -> None:
        asked = self._unanswered.pop(message["id"], None)
        if asked is None:
            return
        asked.answered_s, asked.is_after_end = at_s, self._is_over
        result = message.get("result")
        items = result["items"] if isinstance(result, dict) else result
        if "error" in message:
            is_cancelled = message["error"].get("code") == CANCELLED
            asked.outcome = "cancelled" if is_cancelled else "failed"
        elif asked.cut_off_s is not None:
            asked.outcome = "stale" if items else "cancelled"
        elif not items:
            asked.outcome = "empty"
        else:
            self._show(asked, at_s, items[0])

    def _show(self, asked: Asked, at_s: float, item: dict[str, Any]) -> None:
        offered = insertion(self.manuscript.text, self.manuscript.cursor, item)
        if offered is None:
            asked.outcome = "unplaceable"
            return
        asked.outcome = "shown"
        asked.n_offered = len(offered)
        asked.n_matching = n_matching(offered, self.manuscript.due_text())
        self._ghost = Ghost(offered, at_s)

    def _finish(self) -> None:
        """Waits for what was asked before the end; no more is asked."""
        self._is_over, self._watch, self._ask_s = True, None, None
        while self._unanswered:
            silent_s = self.clock.now() + _SILENCE_S
            if not self._receive_one(silent_s) and self.clock.now() >= silent_s:
                raise ServerGone(f"no answer in {_SILENCE_S:.0f} s after the end of a session")
