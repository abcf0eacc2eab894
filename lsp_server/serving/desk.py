"""Takes requests and finds the cheapest true answer to each.

In order: what is known already, what is being written and agrees with what was typed since, a run
of the model. Nothing that was made for another text is ever shown, and what is shown was read by
the analyzers in its place. Everything here happens on the event loop's thread; the model runs on
the engine's, the analyzers on theirs.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from lsp_server.analysis.bounded import BoundedThreads
from lsp_server.completion.query import (
    CompletionOptions,
    CompletionQuery,
    CompletionResult,
    Source,
)
from lsp_server.engine_host import EngineHost
from lsp_server.fault import describe
from lsp_server.serving.answers import Answer, Answers
from lsp_server.serving.flight import Flight
from lsp_server.serving.idle import IdleWork
from lsp_server.serving.pace import Debounce
from lsp_server.serving.place import Place

# How long work goes on that nobody waits for: the next request comes once the editor has seen a
# pause, which takes most of them a fifth of a second.
GRACE_S = 0.5
# One checks; others may be left over from checks that hang, until their limit ends them.
_MAX_CHECKING = 4


class Reader(Protocol):
    """Who reads an answer before it is sent."""

    def prepare(self, place: Place) -> None:
        """Begins to look at the document; neither waits nor fails."""
        ...

    def read(self, result: CompletionResult, place: Place) -> CompletionResult:
        """The result with the text that may be offered, or with none; called on any thread."""
        ...


@dataclass(eq=False, slots=True)
class Ticket:
    """One request that waits for its answer."""

    uri: str
    place: Place
    options: CompletionOptions
    reader: Reader
    answer: asyncio.Future[CompletionResult]
    asked_s: float = field(default_factory=time.perf_counter)
    flight: Flight | None = None

    def resolve(self, result: CompletionResult) -> None:
        if not self.answer.done():
            self.answer.set_result(result)

    @property
    def offset(self) -> int:
        return self.place.query.offset

    @property
    def text(self) -> str:
        return self.place.query.text


class Desk:
    """One for a session."""

    def __init__(self, host: EngineHost) -> None:
        self.answers = Answers()
        self.served: Counter[Source] = Counter()
        self._host = host
        self._idle = IdleWork(host, self.answers)
        self._debounce = Debounce()
        self._checking = BoundedThreads("leadsman-answering", _MAX_CHECKING)
        self._tickets: dict[str, Ticket] = {}
        self._flights: dict[str, Flight] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._edited_s: dict[str, float] = {}

    @property
    def n_in_flight(self) -> int:
        """How many documents the model is working on, or will be."""
        return len(self._flights)

    def ask(
        self, uri: str, place: Place, options: CompletionOptions, reader: Reader
    ) -> asyncio.Future[CompletionResult]:
        """Takes a request in place of the document's older one, which is answered at once.

        Cancelling the future withdraws the request.
        """
        self._dismiss(uri, "a newer request came")
        if place.query.trigger == "invoked":
            # Who asks by hand waits for the whole answer, and is not served one that was cut.
            options = replace(options, time_budget_ms=0)
        ticket = Ticket(uri, place, options, reader, asyncio.get_running_loop().create_future())
        ticket.answer.add_done_callback(partial(self._withdrawn, ticket))
        self._tickets[uri] = ticket
        self._serve(ticket)
        return ticket.answer

    def edited(self, uri: str, text: str) -> None:
        """Takes note of a document's new text; work that it makes useless ends."""
        self._edited_s[uri] = time.perf_counter()
        self._dismiss(uri, "the document changed")
        flight = self._flights.get(uri)
        if flight is None:
            return
        offset = len(text) - len(flight.after)
        typed = flight.typed_since(text, offset)
        if typed is None:
            self._abandon(uri, "the document changed")
        else:
            flight.typed = typed
            self._orphan(uri)

    def anticipate(
        self, uri: str, place: Place, options: CompletionOptions, reader: Reader
    ) -> None:
        """Begins what will most likely be asked for next."""
        if uri in self._flights or self.answers.find(uri, place.query, options) is not None:
            return
        wait_s = self._debounce.wait_ms(options.debounce_ms, 0.0) / 1e3
        loop = asyncio.get_running_loop()

        def launch() -> None:
            self._launch(uri, place, options, reader)
            end = partial(self._abandon, uri, "nobody asked for it")
            self._set_timer(uri, loop.call_later(GRACE_S, end))

        self._set_timer(uri, loop.call_later(wait_s, launch))

    def opened(self, query: CompletionQuery, options: CompletionOptions) -> None:
        """Has a document's beginning read while nothing else is to do."""
        self._idle.read(query, options)

    def closed(self, uri: str, detail: str) -> None:
        """Forgets a document."""
        self._dismiss(uri, detail)
        self._abandon(uri, detail)
        self._edited_s.pop(uri, None)
        self.answers.forget(uri)

    def forget_answers(self) -> None:
        """Another model would answer otherwise."""
        self.answers.clear()

    def _serve(self, ticket: Ticket) -> None:
        known = self.answers.find(ticket.uri, ticket.place.query, ticket.options)
        if known is not None:
            result = CompletionResult(known.text, known.reason, known.detail, source=known.source)
            self._finish(ticket, result)
            return
        flight = self._flights.get(ticket.uri)
        if flight is not None and flight.options == ticket.options:
            typed = flight.typed_since(ticket.text, ticket.offset)
            if typed is not None:
                self._stop_timer(ticket.uri)
                flight.typed, ticket.flight = typed, flight
                return
        self._abandon(ticket.uri, "a newer request came")
        wait_s = self._wait_s(ticket)
        if wait_s > 0:
            loop = asyncio.get_running_loop()
            begin = partial(self._begin, ticket)
            self._set_timer(ticket.uri, loop.call_later(wait_s, begin))
        else:
            self._begin(ticket)

    def _wait_s(self, ticket: Ticket) -> float:
        edited_s = self._edited_s.get(ticket.uri)
        if ticket.place.query.trigger == "invoked" or edited_s is None:
            return 0.0
        since_ms = (ticket.asked_s - edited_s) * 1e3
        return self._debounce.wait_ms(ticket.options.debounce_ms, since_ms) / 1e3

    def _begin(self, ticket: Ticket) -> None:
        if not ticket.answer.done():
            ticket.flight = self._launch(ticket.uri, ticket.place, ticket.options, ticket.reader)

    def _launch(self, uri: str, place: Place, options: CompletionOptions, reader: Reader) -> Flight:
        for other in [name for name in self._flights if name not in self._tickets]:
            # Nobody waits for it, and there is one engine.
            self._abandon(other, "another document needs the model")
        flight = Flight(place.query, options)
        budget_s = options.time_budget_ms / 1e3 if options.time_budget_ms else None
        reader.prepare(place)
        running = self._host.submit(uri, partial(flight.run, budget_s=budget_s))
        self._flights[uri] = flight
        running.add_done_callback(partial(self._landed, uri, flight))
        return flight

    def _landed(self, uri: str, flight: Flight, run: asyncio.Future[CompletionResult]) -> None:
        if self._flights.get(uri) is flight:
            del self._flights[uri]
            self._stop_timer(uri)
        if run.cancelled():
            return
        result = run.result()
        self._note(uri, flight, result)
        ticket = self._tickets.get(uri)
        if ticket is None or ticket.flight is not flight or ticket.answer.done():
            return
        typed = flight.typed_since(ticket.text, ticket.offset)
        before_ms = max(0.0, (ticket.asked_s - flight.started_s) * 1e3)
        timings_ms = {**result.timings_ms, "before_request": before_ms}
        result = replace(result, timings_ms=timings_ms)
        if typed == "" and not flight.is_led_astray:
            if result.text:
                self._debounce.learn(timings_ms.get("total", 0.0))
            self._finish(ticket, result)
        elif typed and result.text.startswith(typed) and result.text[len(typed) :].strip():
            rest = result.text[len(typed) :]
            self._finish(ticket, replace(result, text=rest, source="in_flight"))
        else:
            # It came to something else than the user typed: now the model has to run for that.
            self._begin(ticket)

    def _note(self, uri: str, flight: Flight, result: CompletionResult) -> None:
        if result.source is None:
            return
        self.answers.add(
            uri,
            Answer(
                flight.before,
                flight.after,
                result.text,
                result.reason,
                result.detail,
                flight.options,
            ),
        )

    def _finish(self, ticket: Ticket, result: CompletionResult) -> None:
        """Has the text read where it will stand, and answers."""
        if not result.text:
            self._answer(ticket, result)
            return
        loop = asyncio.get_running_loop()
        reading = self._checking.start(lambda: ticket.reader.read(result, ticket.place))

        def read() -> None:
            try:
                self._answer(ticket, reading.result())
            except Exception as exc:  # noqa: BLE001 - The request guard: nothing unread is shown.
                self._answer(ticket, CompletionResult("", "failed", describe(exc)))

        reading.add_done_callback(lambda _: _post(loop, read))

    def _answer(self, ticket: Ticket, result: CompletionResult) -> None:
        if ticket.answer.done():
            return
        total_ms = (time.perf_counter() - ticket.asked_s) * 1e3
        result = replace(result, timings_ms={**result.timings_ms, "total": total_ms})
        if result.source is not None and result.text:
            self.served[result.source] += 1
        if self._tickets.get(ticket.uri) is ticket:
            del self._tickets[ticket.uri]
        ticket.resolve(result)
        query = ticket.place.query
        is_ended = result.reason in ("model_stopped", "blank")
        if (result.text or is_ended) and query.trigger == "automatic" and ticket.options.ahead:
            self._idle.complete_after(ticket.uri, query, result.text, ticket.options)

    def _withdrawn(self, ticket: Ticket, answer: asyncio.Future[CompletionResult]) -> None:
        if not answer.cancelled():
            return
        if self._tickets.get(ticket.uri) is ticket:
            del self._tickets[ticket.uri]
            self._orphan(ticket.uri)

    def _dismiss(self, uri: str, detail: str) -> None:
        """Answers the document's request with nothing; the work for it goes on for now."""
        ticket = self._tickets.pop(uri, None)
        if ticket is not None:
            ticket.resolve(CompletionResult("", "cancelled", detail))

    def _orphan(self, uri: str) -> None:
        """Lets work that nobody waits for go on for a while: it may be asked for again."""
        flight = self._flights.get(uri)
        if flight is None:
            self._stop_timer(uri)
        elif not flight.is_begun:
            self._abandon(uri, "nobody waits for it")
        else:
            loop = asyncio.get_running_loop()
            end = partial(self._abandon, uri, "nobody waits for it")
            self._set_timer(uri, loop.call_later(GRACE_S, end))

    def _abandon(self, uri: str, detail: str) -> None:
        self._stop_timer(uri)
        if self._flights.pop(uri, None) is not None:
            self._host.withdraw(uri, detail)

    def _set_timer(self, uri: str, timer: asyncio.TimerHandle) -> None:
        self._stop_timer(uri)
        self._timers[uri] = timer

    def _stop_timer(self, uri: str) -> None:
        timer = self._timers.pop(uri, None)
        if timer is not None:
            timer.cancel()


def _post(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(action)
