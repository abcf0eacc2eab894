"""The seam between those who want text and whatever generates it. Imports no torch.

A request says what is wanted in words of text, never in tokens, so that an engine in this process,
in another one, or behind a remote protocol can serve it. An engine answers with a stream of events
and never raises for its own faults: a crash is a `Finished` with the reason "failed".
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from codegen.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Infill:
    """Fill the hole between `prefix` and `suffix`, the text before and after the cursor."""

    prefix: str
    suffix: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Chat:
    """Answer a conversation; the last message is the user's."""

    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class Continuation:
    """Go on from `text` with no template around it."""

    text: str


Prompt = Infill | Chat | Continuation


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen; temperature 0 is greedy and repeatable."""

    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Stop:
    """When to end: the model's own stop tokens always do, and these besides.

    max_new_tokens: 0 reads the prompt and writes nothing, so that a later request finds it read.
    The text of a match in `texts` is not part of the output; `Finished.stop_text` names it.
    """

    max_new_tokens: int = 64
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """The most tokens of prefix and suffix that an `Infill` prompt may hold."""

    prefix_tokens: int = 1536
    suffix_tokens: int = 512


@dataclass(frozen=True, slots=True)
class Request:
    """All that an engine needs to know to generate one text.

    kept_bytes: the most memory in which the engine may keep prompts that were read, this one among
        them, for requests that begin alike; 0 neither keeps nor finds any.
    """

    prompt: Prompt
    stop: Stop = field(default_factory=Stop)
    sampling: Sampling = field(default_factory=Sampling)
    budget: Budget = field(default_factory=Budget)
    kept_bytes: int = 0


FinishReason = Literal["stop_token", "stop_text", "length", "context_full", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of text, whole characters only, for the request at `request_idx` of the batch."""

    request_idx: int
    text: str


@dataclass(frozen=True, slots=True)
class Timings:
    """Where an answer's time went, in milliseconds."""

    queue_ms: float = 0.0
    prompt_ms: float = 0.0
    prefill_ms: float = 0.0
    decode_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """Tokens in, tokens of those that a prefix cache served, and tokens out.

    drafted: tokens that were guessed; accepted: those of them that the model would have written.
    """

    prompt: int = 0
    reused: int = 0
    completion: int = 0
    drafted: int = 0
    accepted: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of a request: exactly one comes for each, whatever happens."""

    request_idx: int
    reason: FinishReason
    timings: Timings = field(default_factory=Timings)
    tokens: TokenCounts = field(default_factory=TokenCounts)
    stop_text: str | None = None
    detail: str = ""


Event = TextDelta | Finished


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What answers: shown by `doctor`, the status notification and every report."""

    model: str
    family: str
    weights: str
    device: str
    context_tokens: int


@dataclass(frozen=True, slots=True)
class KeptPrompts:
    """What an engine keeps of prompts that were read, for reports."""

    n_slots: int = 0
    n_tokens: int = 0
    n_bytes: int = 0


class CancelToken:
    """Set once by whoever loses interest; read by the engine at every token and layer."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def cancel(self) -> None:
        """Asks the engine to stop; safe from any thread and more than once."""
        self._event.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def check(self) -> None:
        """Raises Cancelled once `cancel` was called."""
        if self._event.is_set():
            raise Cancelled("the request was cancelled")


class Engine(Protocol):
    """Generates text for requests. One call runs at a time; callers queue."""

    @property
    def info(self) -> EngineInfo:
        """What answers."""
        ...

    def generate(self, requests: Sequence[Request], cancel: CancelToken) -> Iterator[Event]:
        """Yields text as it comes and one `Finished` per request; closing it early is allowed."""
        ...

    def close(self) -> None:
        """Releases memory; later calls to `generate` finish as "failed"."""
        ...
