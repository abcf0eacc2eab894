"""What a replay leaves behind: one record for each request, and the counts of a session."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

# "stale": text came for a document that had changed; "unplaceable": its range does not fit there.
Outcome = Literal["unanswered", "shown", "empty", "cancelled", "stale", "failed", "unplaceable"]


@dataclass(slots=True)
class Asked:
    """One `textDocument/inlineCompletion`. Times are seconds of the replay's clock.

    Attributes:
        keystroke_s: when the last edit before the request was sent.
        sent_s, answered_s: the request and its answer.
        cut_off_s: when the user did something else before the answer came.
        n_offered: characters offered; `n_matching` of them, from the first on, are what will
            stand there in the end.
        event: what the server told of the answer.
        is_after_end: the answer came when the session's last event was done.
    """

    request_id: int
    keystroke_s: float
    sent_s: float
    answered_s: float | None = None
    outcome: Outcome = "unanswered"
    cut_off_s: float | None = None
    is_after_end: bool = False
    n_offered: int = 0
    n_matching: int = 0
    event: dict[str, Any] | None = None

    @property
    def ghost_ms(self) -> float | None:
        """From the keystroke to the text on the screen."""
        if self.outcome != "shown" or self.answered_s is None:
            return None
        return (self.answered_s - self.keystroke_s) * 1e3


@dataclass(slots=True)
class SessionRecord:
    """What happened in one session; `n_typed_through` keys were what the visible text said."""

    name: str
    asked: list[Asked] = field(default_factory=list)
    n_keystrokes: int = 0
    n_left_out: int = 0
    n_typed_chars: int = 0
    n_typed_through: int = 0
    n_accepts: dict[str, int] = field(default_factory=lambda: {"full": 0, "line": 0, "word": 0})
    n_accepted_chars: int = 0
    n_kept_chars: int = 0
    is_complete: bool = False

    def document(self) -> dict[str, Any]:
        """As JSON, without the requests."""
        return {key: value for key, value in asdict(self).items() if key != "asked"}
