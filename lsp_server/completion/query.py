"""What is asked of a completion and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from analyzers.report import Report

EmptyReason = Literal[
    "model_stopped",  # the model ended at once
    "blank",  # only white space was generated
    "repeats_suffix",  # the text that follows the cursor was generated again
    "repeats_prefix",  # lines that stand just before the cursor were generated again
    "repetition",  # the model went round in circles
    "unbalanced",  # nothing was left once brackets and quotes without a partner were cut
    "misfit",  # no beginning of the text leaves a file that parses
    "no_context",  # the document is as good as empty: anything would be invented
    "cancelled",  # a newer request or the client withdrew it
    "context_full",  # the prompt leaves no room to generate
    "failed",  # the engine failed; `detail` says how
    "loading",  # the model is not ready yet
    "no_model",  # no model is installed
    "unsupported_place",  # completing here would need an edit elsewhere
    "disabled",  # switched off by the user's options
    "stale",  # the document changed while the answer was made
    "blocked",  # the analyzers found something unsafe that could not be mended; `detail` says what
    "unchecked",  # the analyzers could not read it; `detail` says what stood in the way
]


@dataclass(frozen=True, slots=True)
class CompletionQuery:
    """A cursor in a text. `offset` counts code points; `text` keeps its own line ends."""

    text: str
    offset: int
    language_id: str = "plaintext"
    path: str | None = None
    trigger: Literal["invoked", "automatic"] = "automatic"


@dataclass(frozen=True, slots=True)
class CompletionOptions:
    """What a user may set about completions."""

    max_new_tokens: int = 96
    max_lines: int = 12
    prefix_tokens: int = 1536
    suffix_tokens: int = 512
    multiline: Literal["auto", "never", "always"] = "auto"
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class CompletionResult:
    """The text to insert at the cursor, or an empty one with its reason.

    timings_ms: queue, prompt, prefill, decode, filter, check, total, in milliseconds.
    tokens: prompt, reused, completion.
    check: what the analyzers said of the text as it was generated; None where they were not asked.
    """

    text: str
    reason: EmptyReason | None
    detail: str = ""
    timings_ms: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    check: Report | None = None
