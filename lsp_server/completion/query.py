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

# Where the text of an answer came from.
Source = Literal[
    "model",  # the model ran for this cursor
    "in_flight",  # the model ran for an earlier cursor, and the user typed what it said
    "typed_through",  # an earlier answer, of which the user has typed the beginning
    "ahead",  # computed before it was asked for, while an earlier answer was shown
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
    """What a user may set about completions.

    suffix_tokens: what follows the cursor stands behind the prefix in a prompt, so every keystroke
        has it read again: each token costs its reading at each request that runs the model.
    time_budget_ms: after so long the whole lines that were written are shown, at least one; 0 waits
        for the end. Not for completions that were asked for by hand.
    debounce_ms: how long after a keystroke an answer is of use at the earliest; the model begins
        so that it does not come sooner, as far as earlier answers tell.
    ahead: whether work begins before it is asked for: at the keystroke, at the opening of a file,
        and on what follows the text that is shown.
    cache_mb: the most memory for prompts that were read, within a sixteenth of the machine's; 0
        keeps none.
    """

    max_new_tokens: int = 96
    max_lines: int = 12
    prefix_tokens: int = 1536
    suffix_tokens: int = 128
    multiline: Literal["auto", "never", "always"] = "auto"
    temperature: float = 0.0
    seed: int = 0
    time_budget_ms: int = 700
    debounce_ms: int = 75
    ahead: bool = True
    cache_mb: int = 256


@dataclass(frozen=True, slots=True)
class CompletionResult:
    """The text to insert at the cursor, or an empty one with its reason.

    timings_ms: queue, prompt, prefill, decode, filter, check, total, in milliseconds. Of an answer
        that was not begun for its request, `before_request` is what of that came before it.
    tokens: prompt, reused, completion, drafted, accepted.
    source: None where the engine was not asked and nothing was known.
    check: what the analyzers said of the text as it was generated; None where they were not asked.
    """

    text: str
    reason: EmptyReason | None
    detail: str = ""
    timings_ms: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    check: Report | None = None
    source: Source | None = None
