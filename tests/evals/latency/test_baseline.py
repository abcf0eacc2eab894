"""What counts as worse than before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evals.latency.baseline import check_comparable, compare, read_report, write_json
from evals.latency.errors import SetUpError
from evals.latency.records import Asked, SessionRecord
from evals.latency.report import build_report

FINGERPRINT = {"trace_digest": "a", "debounce_ms": 50.0, "speed": 1.0}


def report(
    scale: float = 1.0, n_shown: int = 40, n_cancelled: int = 10, n_accepted: int = 100
) -> dict[str, Any]:
    shown = [Asked(i, 0.0, 0.05, (0.1 + i / 100) * scale, "shown") for i in range(n_shown)]
    cancelled = [Asked(i, 0.0, 0.05, 0.1, "cancelled") for i in range(n_cancelled)]
    record = SessionRecord("made", shown + cancelled, n_accepted_chars=n_accepted)
    return build_report([record], fingerprint=FINGERPRINT, server={}, stopped=None)


def worse(now: dict[str, Any], before: dict[str, Any], tolerance: float = 1.25) -> list[str]:
    return [check.name for check in compare(now, before, tolerance) if check.is_worse]


def test_the_same_run_is_no_regression() -> None:
    assert worse(report(), report()) == []


def test_latency_may_grow_by_the_tolerance_and_no_more() -> None:
    assert worse(report(1.24), report()) == []
    assert worse(report(1.26), report()) == ["keystroke_to_ghost p50", "keystroke_to_ghost p95"]
    assert worse(report(1.26), report(), 1.3) == []
    assert worse(report(0.2), report()) == []


def test_fewer_shown_or_accepted_is_a_regression() -> None:
    assert worse(report(n_shown=20, n_cancelled=30), report()) == ["share of requests shown"]
    assert worse(report(n_accepted=79), report()) == ["characters accepted"]
    assert worse(report(n_accepted=81), report()) == []
    assert worse(report(n_accepted=0), report()) == ["characters accepted"]
    assert worse(report(n_accepted=9), report(n_accepted=0)) == []


def test_a_server_that_shows_nothing_any_more_does_not_pass() -> None:
    assert "share of requests shown" in worse(report(n_shown=0, n_cancelled=50), report())


def test_percentiles_of_few_samples_are_not_compared_and_say_so() -> None:
    few = report(9.0, n_shown=19, n_cancelled=4)
    checks = {check.name: check for check in compare(few, few, 1.25)}
    assert checks["keystroke_to_ghost p95"].ratio is None
    assert "19 and 19 samples, 20 are needed" in str(checks["keystroke_to_ghost p95"])
    assert checks["keystroke_to_ghost p50"].ratio == 1


@pytest.mark.parametrize("key", FINGERPRINT)
def test_other_sessions_or_another_pace_are_not_compared(key: str) -> None:
    other = {"fingerprint": FINGERPRINT | {key: "other"}}
    with pytest.raises(SetUpError, match=f"its {key} is other"):
        check_comparable(FINGERPRINT, other, Path("b.json"))
    check_comparable(FINGERPRINT, {"fingerprint": dict(FINGERPRINT)}, Path("b.json"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "not JSON"),
        ("[]", "not a report"),
        ('{"kind": "leadsman-latency-report", "version": 9}', "version 9"),
        ('{"kind": "leadsman-latency-report", "version": 1, "partial": true}', "partial"),
    ],
)
def test_what_is_no_whole_report_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "b.json"
    path.write_text(content)
    with pytest.raises(SetUpError, match=reason):
        read_report(path)


def test_a_report_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    write_json(path, report())
    assert read_report(path) == json.loads(json.dumps(report()))
    assert [one.name for one in tmp_path.iterdir()] == ["b.json"]
    with pytest.raises(SetUpError, match="No such file"):
        write_json(tmp_path / "none" / "b.json", {})
