"""What one run of an evaluation found, and the JSON document that holds it.

{
  "schema": 1,                     the version of this format
  "eval": "humaneval",
  "created": "2026-01-31T12:00:00+00:00",
  "pass_at_1": 0.25, "stderr": 0.03, "pass_at_k": {"1": 0.25}, "n": 1,
  "fingerprint": {"model": ..., "mode": ..., "weights_sha256": ..., ...},   all text
  "sandbox": {"mechanisms": ["seccomp", ...], "is_weak": false},
  "tokens": {"prompt": 1, ...}, "seconds": {"generate": 1.5, ...},
  "metrics": {"exact_match": 0.5, ...},        other figures of the whole run
  "tasks": {"HumanEval/0": {"passed": true, "reason": "passed", "detail": "", "n": 1,
                            "n_passed": 1, "seconds": 0.1, "tokens": 40, ...more figures}},
  "selection": null,               or the ids that were asked for, where that was not every task
  "partial": false,                true where the run ended before its last task
  "canaries": {"frame-walking cheat": "wrong_answer", ...}
}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from evals.errors import RecordError
from evals.json_fields import Scalar
from evals.pass_at_k import Summary, Tally, summarize

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class TaskVerdict:
    """What became of one task. `reason` is a word of the eval; `detail` is the candidate's text."""

    passed: bool
    reason: str
    detail: str = ""
    n: int = 1
    n_passed: int = 0
    seconds: float = 0.0
    tokens: int = 0
    metrics: Mapping[str, Scalar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.n < 1 or not 0 <= self.n_passed <= self.n:
            raise RecordError(f"{self.n_passed} of {self.n} samples cannot have passed")
        if self.n == 1 and self.passed != (self.n_passed == 1):
            raise RecordError(f"passed is {self.passed} and n_passed is {self.n_passed}")

    @property
    def tally(self) -> Tally:
        """Samples judged and passed."""
        return Tally(self.n, self.n_passed)


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """What held the candidates. Weak means that only resource limits did."""

    mechanisms: tuple[str, ...]
    is_weak: bool


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one evaluation: every verdict, and all that could explain a difference."""

    eval: str
    created: str
    pass_at_1: float
    stderr: float | None
    pass_at_k: Mapping[int, float]
    n: int
    fingerprint: Mapping[str, str]
    sandbox: SandboxReport
    tokens: Mapping[str, int]
    seconds: Mapping[str, float]
    tasks: Mapping[str, TaskVerdict]
    metrics: Mapping[str, Scalar] = field(default_factory=dict)
    selection: tuple[str, ...] | None = None
    partial: bool = False
    canaries: Mapping[str, Scalar] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("model", "mode"):
            if name not in self.fingerprint:
                raise RecordError(f"fingerprint has no {name!r}")
        for task_id, verdict in self.tasks.items():
            if verdict.n != self.n:
                raise RecordError(f"{task_id} has {verdict.n} samples and the run says {self.n}")

    @property
    def model(self) -> str:
        """The model's name."""
        return self.fingerprint["model"]

    @property
    def mode(self) -> str:
        """How the model was asked: base, chat, infill, ..."""
        return self.fingerprint["mode"]

    @property
    def n_passed(self) -> int:
        """Tasks that passed."""
        return sum(verdict.passed for verdict in self.tasks.values())


@dataclass(frozen=True, slots=True)
class RunFacts:
    """All that a run knows about itself besides its verdicts."""

    eval: str
    n: int
    fingerprint: Mapping[str, str]
    sandbox: SandboxReport
    tokens: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, Scalar] = field(default_factory=dict)
    selection: Sequence[str] | None = None
    partial: bool = False
    canaries: Mapping[str, Scalar] = field(default_factory=dict)


def record_run(
    facts: RunFacts, tasks: Mapping[str, TaskVerdict], created: datetime | None = None
) -> RunRecord:
    """The record of a run that ended now, with its pass rates computed from its verdicts."""
    summary: Summary = summarize({task_id: verdict.tally for task_id, verdict in tasks.items()})
    moment = (created or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    return RunRecord(
        eval=facts.eval,
        created=moment.isoformat(),
        pass_at_1=summary.pass_at_1,
        stderr=summary.stderr,
        pass_at_k=summary.pass_at_k,
        n=facts.n,
        fingerprint=dict(facts.fingerprint),
        sandbox=facts.sandbox,
        tokens=dict(facts.tokens),
        seconds=dict(facts.seconds),
        tasks=dict(tasks),
        metrics=dict(facts.metrics),
        selection=None if facts.selection is None else tuple(facts.selection),
        partial=facts.partial,
        canaries=dict(facts.canaries),
    )
