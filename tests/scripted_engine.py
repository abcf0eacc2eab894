"""An engine that writes what a test tells it to: the seam that stands in for a model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from codegen.engine import (
    CancelToken,
    EngineInfo,
    Event,
    Finished,
    FinishReason,
    Request,
    TextDelta,
    Timings,
    TokenCounts,
)

Script = Callable[[Request], "Sequence[str] | Exception"]


@dataclass
class ScriptedEngine:
    """Writes the pieces that `script` gives for each request, one piece as one token.

    An exception from the script is an engine that failed: a `Finished` with the reason "failed".
    `requests` records what was asked, `n_pieces` how many pieces were written in all, `n_closed`
    how many calls were closed before their end. `before_piece` is called with the number of the
    piece, so that a test can cancel at an exact moment.
    """

    script: Script
    before_piece: Callable[[int], None] | None = None
    requests: list[Request] = field(default_factory=list)
    n_pieces: int = 0
    n_closed: int = 0
    is_closed: bool = False

    @property
    def info(self) -> EngineInfo:
        """What answers."""
        return EngineInfo("scripted", "scripted", "none", "none", 4096)

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        """Writes the requests one after the other."""
        self.requests.extend(requests)
        try:
            for request_idx, request in enumerate(requests):
                yield from self._write(request_idx, request, cancel)
        except GeneratorExit:
            self.n_closed += 1
            raise

    def close(self) -> None:
        """Later calls to `generate` finish as "failed"."""
        self.is_closed = True

    def _write(self, request_idx: int, request: Request, cancel: CancelToken) -> Iterator[Event]:
        n_written = 0

        def finished(
            reason: FinishReason, stop_text: str | None = None, detail: str = ""
        ) -> Finished:
            tokens = TokenCounts(prompt=7, reused=3, completion=n_written)
            return Finished(request_idx, reason, Timings(1, 2, 3, 4), tokens, stop_text, detail)

        if self.is_closed:
            yield finished("failed", detail="the engine is closed")
            return
        pieces = self.script(request)
        if isinstance(pieces, Exception):
            yield finished("failed", detail=f"{type(pieces).__name__}: {pieces}")
            return
        held = ""
        for piece in pieces:
            if self.before_piece is not None:
                self.before_piece(n_written)
            if cancel.is_cancelled:
                yield finished("cancelled")
                return
            if n_written >= request.stop.max_new_tokens:
                if held:
                    yield TextDelta(request_idx, held)
                yield finished("length")
                return
            n_written += 1
            self.n_pieces += 1
            held += piece
            found = [(held.find(text), text) for text in request.stop.texts if text in held]
            if found:
                at, stop_text = min(found)
                if at:
                    yield TextDelta(request_idx, held[:at])
                yield finished("stop_text", stop_text)
                return
            kept = _held_back(held, request.stop.texts)
            ready, held = held[: len(held) - kept], held[len(held) - kept :]
            if ready:
                yield TextDelta(request_idx, ready)
        if held:
            yield TextDelta(request_idx, held)
        yield finished("stop_token")


def says(*pieces: str) -> Script:
    """A script that gives the same pieces whatever is asked."""
    return lambda _: pieces


def _held_back(text: str, stops: Sequence[str]) -> int:
    """How much of the end may be the beginning of a stop text."""
    return max(
        (n for stop in stops for n in range(1, len(stop)) if text.endswith(stop[:n])), default=0
    )
