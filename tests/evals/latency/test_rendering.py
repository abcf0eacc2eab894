"""The table for people."""

from __future__ import annotations

from typing import Any

from evals.latency.records import SessionRecord
from evals.latency.rendering import render
from evals.latency.report import build_report
from tests.evals.latency.test_report import asked

FINGERPRINT: dict[str, Any] = {
    "model": "tiny",
    "weights": "bfloat16",
    "device": "cpu",
    "machine": {"cores": 2},
    "seed": 0,
    "trace_digest": "abc",
    "code": "0+def",
    "debounce_ms": 50,
    "speed": 1,
}
SERVER: dict[str, Any] = {
    "cpu_s_sessions": 3.25,
    "sessions_s": 9.0,
    "cpu_s_loading": None,
    "peak_bytes": 2**30,
}


def table(stopped: str | None = None, speed: float = 1, n: int = 3) -> str:
    all_asked = [asked("shown", 100.0 + i, n_offered=4, n_matching=1) for i in range(n)]
    return render(
        build_report(
            [SessionRecord("made", all_asked)],
            fingerprint=FINGERPRINT | {"speed": speed},
            server=SERVER,
            stopped=stopped,
        )
    )


def test_each_percentile_that_too_few_samples_tell_is_marked() -> None:
    rows = {line.split()[0]: line for line in table().splitlines() if line}
    assert rows["keystroke_to_ghost"].count("*") == 3
    assert rows["check"].split() == ["check", "0", "not", "measured"]
    rows = {line.split()[0]: line for line in table(n=30).splitlines() if line}
    assert rows["keystroke_to_ghost"].count("*") == 1


def test_a_part_of_a_run_says_so_first() -> None:
    assert table("interrupted").startswith("PARTIAL: interrupted\n")
    assert "PARTIAL" not in table()


def test_another_speed_is_said() -> None:
    assert "divided" in table(speed=4)
    assert "divided" not in table()


def test_what_a_system_does_not_tell_is_not_shown_as_nothing() -> None:
    server_line = next(line for line in table().splitlines() if line.startswith("server"))
    assert "3.2 CPU s" in server_line
    assert "not measured while loading" in server_line
    assert "1024 MiB" in server_line
