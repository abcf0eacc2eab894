"""One generated text and what it was generated for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from codegen.engine import Request

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Job:
    """A sample to be generated: the `sample_idx`-th one of a task."""

    task_id: str
    sample_idx: int
    request: Request

    @property
    def key(self) -> Key:
        """What tells it from all others of its run."""
        return self.task_id, self.sample_idx


@dataclass(frozen=True, slots=True)
class Sample:
    """What the engine answered.

    finish: the engine's reason for ending; never "failed" or "cancelled".
    seconds: its share of its batch's time.
    """

    task_id: str
    sample_idx: int
    response: str
    finish: str
    prompt_tokens: int
    tokens: int
    seconds: float

    @property
    def key(self) -> Key:
        """What tells it from all others of its run."""
        return self.task_id, self.sample_idx

    def to_line(self) -> str:
        """The sample as one line of JSON, its line end included."""
        # Escaped, so that half a surrogate pair in an answer can be written and read again.
        return json.dumps(asdict(self)) + "\n"

    @classmethod
    def from_json(cls, raw: Any) -> Sample:
        """Raises TypeError for what is none."""
        sample = cls(**raw)
        texts = (sample.task_id, sample.response, sample.finish)
        numbers = (sample.sample_idx, sample.prompt_tokens, sample.tokens)
        if not all(isinstance(t, str) for t in texts) or not all(
            isinstance(n, int) for n in numbers
        ):
            raise TypeError("a count of another type")
        return sample
