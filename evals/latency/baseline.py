"""Compares a report with an earlier one, and keeps reports."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.latency.errors import SetUpError
from evals.latency.percentiles import ENOUGH
from evals.latency.report import KIND, VERSION

# Reports of other sessions or another pace cannot be compared.
_SAME = ("trace_digest", "debounce_ms", "speed")


@dataclass(frozen=True, slots=True)
class Check:
    """One figure beside its baseline. `ratio` above 1 is worse; none where it cannot be told."""

    name: str
    before: float | None
    now: float | None
    ratio: float | None
    is_worse: bool
    note: str = ""

    def __str__(self) -> str:
        verdict = self.note or ("WORSE" if self.is_worse else "ok")
        ratio = "-" if self.ratio is None else f"{self.ratio:.2f}"
        return f"{self.name:24}{_shown(self.before):>10}{_shown(self.now):>10}{ratio:>8}  {verdict}"


def read_report(path: Path) -> dict[str, Any]:
    """A report that was kept.

    Raises:
        SetUpError: it cannot be read or is no whole report of this version.
    """
    try:
        report = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not JSON"
        raise SetUpError(f"{path}: {reason}") from None
    if not isinstance(report, dict) or report.get("kind") != KIND:
        raise SetUpError(f"{path}: not a report of this program")
    if report.get("version") != VERSION:
        raise SetUpError(f"{path}: version {report.get('version')}, expected {VERSION}")
    if report.get("partial"):
        raise SetUpError(f"{path}: a partial report is no baseline")
    return report


def check_comparable(fingerprint: dict[str, Any], baseline: dict[str, Any], path: Path) -> None:
    """Insists on the same sessions at the same pace.

    Raises:
        SetUpError: they differ.
    """
    for key in _SAME:
        ours, theirs = fingerprint[key], baseline["fingerprint"].get(key)
        if ours != theirs:
            raise SetUpError(
                f"{path}: its {key} is {theirs}, this run's is {ours}; "
                "compare the same sessions or write a new one with --update-baseline"
            )


def compare(report: dict[str, Any], baseline: dict[str, Any], tolerance: float) -> list[Check]:
    """Latency may grow and what is shown and accepted may shrink by the factor `tolerance`.

    How much is shown is compared too, because answers so slow that they are cut off by the next
    keystroke do not count in the latency.
    """
    now, before = (
        report["latency_ms"]["keystroke_to_ghost"],
        baseline["latency_ms"]["keystroke_to_ghost"],
    )
    checks = []
    for point in (50, 95):
        name, key = f"keystroke_to_ghost p{point}", f"p{point}"
        least = ENOUGH[point]
        if before["n"] < least or now["n"] < least:
            note = f"not compared: {before['n']} and {now['n']} samples, {least} are needed"
            checks.append(Check(name, before.get(key), now.get(key), None, False, note))
        else:
            ratio = now[key] / max(before[key], 1e-9)
            checks.append(Check(name, before[key], now[key], ratio, ratio > tolerance))
    for name, section, key in (
        ("share of requests shown", "requests", "shown"),
        ("characters accepted", "offers", "chars_accepted"),
    ):
        value, past = report[section][key], baseline[section][key]
        if section == "requests":
            value /= max(report[section]["sent"], 1)
            past /= max(baseline[section]["sent"], 1)
        ratio = None if not past else past / value if value else float("inf")
        checks.append(Check(name, past, value, ratio, ratio is not None and ratio > tolerance))
    return checks


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Writes the whole document or leaves what was there.

    Raises:
        SetUpError: it cannot be written.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise SetUpError(f"{path}: {error.strerror or error}") from None


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
