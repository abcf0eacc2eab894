"""A completion under way, which may serve a later cursor than the one it was begun for.

The event loop knows what the user has typed since; the engine's thread knows what the model has
written. As long as one is a beginning of the other, the work is of use.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from codegen.engine import CancelToken, Engine, EngineInfo, Event, Request, TextDelta
from lsp_server.completion.query import CompletionOptions, CompletionQuery, CompletionResult
from lsp_server.serving.pace import after_seconds


@dataclass(eq=False, slots=True)
class Flight:
    """One call of the engine. `typed` is written by the event loop alone, `written` by the engine.

    is_begun: whether the engine's thread has taken it up.
    is_led_astray: whether it ended because the user typed something else.
    """

    query: CompletionQuery
    options: CompletionOptions
    started_s: float = field(default_factory=time.perf_counter)
    typed: str = ""
    written: str = ""
    is_begun: bool = False
    is_led_astray: bool = False
    _cancel: CancelToken = field(default_factory=CancelToken)

    @property
    def before(self) -> str:
        """The text before its cursor."""
        return self.query.text[: self.query.offset]

    @property
    def after(self) -> str:
        """The text behind its cursor."""
        return self.query.text[self.query.offset :]

    def typed_since(self, text: str, offset: int) -> str | None:
        """What a document has at the cursor that it did not have; None where it is another text.

        Also None where that is certainly not what the model says.
        """
        begin = self.query.offset
        typed = text[begin:offset]
        n_after = len(self.query.text) - begin
        if offset < begin or len(text) - offset != n_after:
            return None
        if not text.startswith(self.before) or not text.endswith(self.after):
            return None
        return typed if self._may_become(typed) else None

    def run(
        self, engine: Engine, cancel: CancelToken, *, budget_s: float | None
    ) -> CompletionResult:
        """Completes on the engine's thread."""
        # Imported here, because `initialize` does not wait for it.
        from lsp_server.completion.complete import complete

        self._cancel = cancel
        self.is_begun = True
        waited_s = time.perf_counter() - self.started_s
        is_late = after_seconds(None if budget_s is None else budget_s - waited_s)
        return complete(self.query, self.options, _Watched(engine, self), cancel, is_late)

    def told(self, text: str) -> None:
        """Takes what the model wrote, and gives up where the user has typed otherwise."""
        self.written += text
        if not self._may_become(self.typed):
            self.is_led_astray = True
            self._cancel.cancel()

    def _may_become(self, typed: str) -> bool:
        # The model writes "\n" for every line end.
        typed = typed.replace("\r\n", "\n")
        return self.written.startswith(typed) or typed.startswith(self.written)


@dataclass(frozen=True, slots=True)
class _Watched:
    """An engine whose words the flight hears."""

    engine: Engine
    flight: Flight

    @property
    def info(self) -> EngineInfo:
        return self.engine.info

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        for event in self.engine.generate(requests, cancel):
            if isinstance(event, TextDelta):
                self.flight.told(event.text)
            yield event

    def close(self) -> None:
        self.engine.close()
