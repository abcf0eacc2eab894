"""A comparison in words, the same on the terminal and on the page."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from evals.comparison import Change, Comparison
from evals.plain_text import one_line
from evals.sign_test import ALPHA

_SHOWN = 40


def describe(comparison: Comparison) -> str:
    """The comparison as plain text: the verdict first, then what it rests on, then the tasks."""
    lines = [verdict(comparison), *(f"  {line}" for line in evidence(comparison))]
    for difference in comparison.differences:
        before, after = (
            "(none)" if value is None else one_line(value, 40)
            for value in (difference.before, difference.after)
        )
        lines.append(f"  {one_line(difference.name, 30)} differs: {before} before, {after} now")
    for title, changes in (("lost", comparison.lost), ("gained", comparison.gained)):
        if changes:
            lines += ["", *_table(title, changes)]
    for title, tasks in (
        ("left out, since the baseline's own runs disagree", comparison.noisy),
        ("without a verdict, counted as lost", comparison.missing),
        ("not in the baseline, not compared", comparison.unknown),
    ):
        if tasks:
            lines += ["", f"{len(tasks)} {title}: {_some(tasks)}"]
    return "\n".join(lines)


def verdict(comparison: Comparison) -> str:
    """One line: worse or not, by how much, and with what chance."""
    said = (
        f"{len(comparison.lost)} lost and {len(comparison.gained)} gained of "
        f"{counted(comparison.n_tasks, 'task')}, {points(comparison.difference)} "
        f"(p = {chance(comparison.p_value)})"
    )
    if comparison.is_worse:
        return f"WORSE than the baseline: {said}"
    return f"Not worse than the baseline: {said}"


def evidence(comparison: Comparison) -> list[str]:
    """What the verdict rests on, a sentence a line."""
    low, high = comparison.interval
    return [
        f"pass@1 {comparison.rate_before:.1%} before and {comparison.rate_after:.1%} now; 95 % "
        f"interval of the difference {points(low)} to {points(high)} "
        f"(bootstrap over {counted(comparison.n_problems, 'problem')})",
        f"test: {comparison.test}, one-sided, alpha {float(ALPHA)}",
        _noise(comparison),
        *_power(comparison),
    ]


def chance(p_value: Fraction) -> str:
    """A p-value as people write it."""
    return f"{float(p_value):.2g}" if p_value >= Fraction(1, 10_000) else "under 0.0001"


def points(difference: float) -> str:
    """A difference between two rates, in points."""
    return f"{difference * 100:+.1f} points"


def outcome(rate: float, reason: str) -> str:
    """The reason of a verdict; a rate between the two tells more than one sample's reason."""
    return reason if rate in (0.0, 1.0) else f"{rate:.0%}"


def counted(n: int, noun: str) -> str:
    """A number with its noun."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _noise(comparison: Comparison) -> str:
    floor = comparison.floor
    if not floor:
        return "noise floor: the baseline's runs agree with each other"
    said = f"noise floor: the baseline's runs differ by {floor:.3g} tasks"
    if comparison.loss > floor:
        return f"{said}, and the loss of {comparison.loss:.3g} is larger"
    return f"{said}, and a loss has to be larger than that"


def _power(comparison: Comparison) -> list[str]:
    power, what = comparison.power, "task"
    if comparison.test == "exact sign-flip test over problems":
        what = "problem"
    if not power.can_fail:
        return [
            f"THIS COMPARISON CANNOT FAIL: {counted(power.n_losable, what)} could be lost and the "
            f"smallest significant loss is {power.smallest_loss}; compare more tasks"
        ]
    said = (
        f"smallest loss that would have failed: {power.smallest_loss} of the "
        f"{counted(power.n_losable, what)} that pass in the baseline, if nothing is gained"
    )
    if comparison.gained and power.smallest_loss_beside_gains is not None:
        said += f"; {power.smallest_loss_beside_gains} beside the {len(comparison.gained)} gained"
    lines = [said]
    if power.detectable_drop is not None:
        lines.append(
            f"a true drop of {power.detectable_drop * 100:.1f} points is found four times in five, "
            f"where {power.discordance:.0%} of the tasks change"
        )
    return lines


def _table(title: str, changes: Sequence[Change]) -> list[str]:
    rows = [(title, "before", "now", "what happened")]
    for change in changes[:_SHOWN]:
        before = one_line(outcome(change.rate_before, change.reason_before), 24)
        after = one_line(outcome(change.rate_after, change.reason_after), 24)
        rows.append(
            (one_line(change.task_id, 48), before, after, one_line(change.detail_after, 60))
        )
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    if len(changes) > _SHOWN:
        lines.append(f"... and {len(changes) - _SHOWN} more")
    return lines


def _some(tasks: Sequence[str]) -> str:
    shown = ", ".join(one_line(task, 60) for task in tasks[:10])
    return shown if len(tasks) <= 10 else f"{shown} and {len(tasks) - 10} more"
