"""What a comparison of a run with its baseline found."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from evals.sign_test import ALPHA

Test = Literal["exact McNemar test over tasks", "exact sign-flip test over problems"]


@dataclass(frozen=True, slots=True)
class Change:
    """A task that passes less or more often than in the baseline. Rates are shares of samples."""

    task_id: str
    rate_before: float
    rate_after: float
    reason_before: str
    reason_after: str
    detail_after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the fingerprint with another value than in the baseline; None where absent."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Power:
    """What the comparison could have noticed.

    Attributes:
        smallest_loss: Tasks (or problems, where those are tested) that must be lost if none is
            gained.
        smallest_loss_beside_gains: The same beside what was gained here; None where problems are
            tested, since it then depends on how many tasks each holds.
        n_losable: How many could be lost at all.
        discordance: The share of tasks that is taken to change, for `detectable_drop`.
        detectable_drop: The drop of the pass rate that is found four times in five; None where
            there is none, or problems are tested.
    """

    smallest_loss: int
    smallest_loss_beside_gains: int | None
    n_losable: int
    discordance: float
    detectable_drop: float | None

    @property
    def can_fail(self) -> bool:
        """Whether any loss at all could have been significant."""
        return self.n_losable >= self.smallest_loss


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against its baseline, task by task.

    Attributes:
        loss: What is held against the floor: tasks lost, or with several samples a task the
            net loss of pass rate in tasks.
        floor: The same between the baseline's own runs; a loss counts only above it.
        interval: Of `difference`, 95 %, clustered by problem.
        noisy: Tasks on which the baseline disagrees with itself; they say nothing.
        missing: Tasks that were asked for and have no verdict; they count as lost.
        unknown: Tasks of the run that the baseline does not have.
    """

    test: Test
    p_value: Fraction
    loss: float
    floor: float
    n_tasks: int
    n_problems: int
    rate_before: float
    rate_after: float
    interval: tuple[float, float]
    lost: tuple[Change, ...]
    gained: tuple[Change, ...]
    noisy: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    differences: tuple[Difference, ...]
    power: Power

    @property
    def difference(self) -> float:
        """The change of the pass rate over the compared tasks; negative where worse."""
        return self.rate_after - self.rate_before

    @property
    def is_worse(self) -> bool:
        """Whether the loss is significant and larger than the baseline's own noise."""
        return self.p_value <= ALPHA and self.loss > self.floor

    @property
    def exit_code(self) -> int:
        """1 where the model got worse, else 0."""
        return int(self.is_worse)
