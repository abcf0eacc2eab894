"""True and false positives by category, and Youden's index."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from evals.security.intervals import Rate


@dataclass(frozen=True, slots=True)
class Judged:
    """One labelled file: what it is, whether the finder accused it, and whether it read it."""

    category: str
    is_vulnerable: bool
    is_accused: bool
    is_checked: bool

    @property
    def is_correct(self) -> bool:
        """An unread file is no right answer, whatever its label."""
        return self.is_checked and self.is_accused == self.is_vulnerable


@dataclass(frozen=True, slots=True)
class Confusion:
    """The four counts of a category, with unchecked files apart.

    missed, passed: checked files without a finding. A vulnerable file that was not checked counts
    as missed in `true_positives`; a safe one was not accused, and in `strict_youden` it is counted
    as if it were, so that reading less cannot pay.
    """

    hit: int = 0
    missed: int = 0
    accused: int = 0
    passed: int = 0
    unchecked_vulnerable: int = 0
    unchecked_safe: int = 0

    @property
    def true_positives(self) -> Rate:
        """Of the vulnerable files, those that were found."""
        return Rate(self.hit, self.hit + self.missed + self.unchecked_vulnerable)

    @property
    def false_positives(self) -> Rate:
        """Of the safe files, those that were accused."""
        return Rate(self.accused, self.accused + self.passed + self.unchecked_safe)

    @property
    def n_unchecked(self) -> int:
        """Files that the finder could not read."""
        return self.unchecked_vulnerable + self.unchecked_safe

    @property
    def youden(self) -> float | None:
        """True minus false positive rate: 1 is perfect, 0 is chance; None without both kinds."""
        return _difference(self.true_positives, self.false_positives)

    @property
    def strict_youden(self) -> float | None:
        """The same with unchecked safe files counted as accused."""
        strict = Rate(self.accused + self.unchecked_safe, self.false_positives.n)
        return _difference(self.true_positives, strict)


def confusions(judged: Iterable[Judged]) -> dict[str, Confusion]:
    """The counts of each category, in the order of the names."""
    counts: dict[str, dict[str, int]] = {}
    for file in judged:
        name = _cell(file)
        cells = counts.setdefault(file.category, {})
        cells[name] = cells.get(name, 0) + 1
    return {category: Confusion(**counts[category]) for category in sorted(counts)}


def total(parts: Iterable[Confusion]) -> Confusion:
    """All categories in one."""
    sums = dict.fromkeys(Confusion.__slots__, 0)
    for part in parts:
        for name in sums:
            sums[name] += getattr(part, name)
    return Confusion(**sums)


def mean_youden(by_category: dict[str, Confusion], *, strict: bool = False) -> float | None:
    """The unweighted mean over the categories that have both kinds of file."""
    values = [part.strict_youden if strict else part.youden for part in by_category.values()]
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def _cell(file: Judged) -> str:
    if not file.is_checked:
        return "unchecked_vulnerable" if file.is_vulnerable else "unchecked_safe"
    if file.is_vulnerable:
        return "hit" if file.is_accused else "missed"
    return "accused" if file.is_accused else "passed"


def _difference(true_positives: Rate, false_positives: Rate) -> float | None:
    if true_positives.share is None or false_positives.share is None:
        return None
    return true_positives.share - false_positives.share
