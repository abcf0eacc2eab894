"""Takes a stream from the engine and ends it once nothing of use can follow."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from codegen.engine import (
    Budget,
    CancelToken,
    Engine,
    Event,
    Finished,
    Infill,
    Request,
    Sampling,
    Stop,
)
from codegen.errors import Cancelled
from codegen.reuse.limit import most_kept_bytes
from lsp_server.completion.context import Context
from lsp_server.completion.polish import is_settled
from lsp_server.completion.query import CompletionOptions, CompletionQuery
from lsp_server.completion.shape import Shape

# An engine that was asked to stop says so at once; one that goes on is closed instead.
_MOST_EVENTS_AFTER_STOP = 4


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote and how that ended. `is_early`: we ended it; `is_cut`: for its time."""

    text: str
    finished: Finished
    is_early: bool
    is_cut: bool = False


class _LinkedCancel(CancelToken):
    """Set by itself or by the token that it hangs on, so that our stop is not the caller's."""

    def __init__(self, parent: CancelToken) -> None:
        super().__init__()
        self._parent = parent

    @property
    def is_cancelled(self) -> bool:
        return self._parent.is_cancelled or self._event.is_set()

    def check(self) -> None:
        if self.is_cancelled:
            raise Cancelled("the request was cancelled")


def build_request(
    query: CompletionQuery, options: CompletionOptions, context: Context, shape: Shape
) -> Request:
    """The infilling request: "\\n" line ends whatever the document has, so both answer alike."""
    return Request(
        prompt=Infill(prefix=context.before, suffix=context.after, path=query.path),
        stop=Stop(
            max_new_tokens=max(options.max_new_tokens, 1),
            texts=("\n",) if shape.stops_at_newline else (),
        ),
        sampling=Sampling(temperature=options.temperature, seed=options.seed),
        budget=Budget(prefix_tokens=options.prefix_tokens, suffix_tokens=options.suffix_tokens),
        kept_bytes=most_kept_bytes(options.cache_mb),
    )


def draft(
    engine: Engine,
    request: Request,
    context: Context,
    shape: Shape,
    cancel: CancelToken,
    is_late: Callable[[], bool] = lambda: False,
) -> Draft:
    """Reads the engine's stream up to its end or to the end of what is of use.

    Once `is_late`, up to the end of the first line that has text. An engine that breaks its
    promise and raises is a draft that failed.
    """
    stop = _LinkedCancel(cancel)
    text, is_early, is_cut, n_after = "", False, False, 0
    finished: Finished | None = None
    for event in _guarded(engine, request, stop):
        if isinstance(event, Finished):
            finished = event
            break
        if is_early:
            n_after += 1
            if n_after >= _MOST_EVENTS_AFTER_STOP:
                break
        else:
            text += event.text
            is_early = is_settled(text, context, shape)
            if not is_early and text.rpartition("\n")[0].strip() and is_late():
                is_early = is_cut = True
            if is_early:
                stop.cancel()
    if finished is None:
        finished = Finished(0, "failed", detail="the engine ended without a result")
    return Draft(text, finished, is_early, is_cut)


def _guarded(engine: Engine, request: Request, stop: CancelToken) -> Iterator[Event]:
    """The engine's events; whatever it raises becomes its last one."""
    events: Iterator[Event] | None = None
    try:
        events = engine.generate([request], stop)
        while (event := next(events, None)) is not None:
            yield event
    except Cancelled:
        yield Finished(0, "cancelled")
    except Exception as error:  # noqa: BLE001
        # The last guard before an editor: a crash of any backend is an answer with a reason.
        yield Finished(0, "failed", detail=f"{type(error).__name__}: {error}")
    finally:
        if isinstance(events, Generator):
            events.close()
