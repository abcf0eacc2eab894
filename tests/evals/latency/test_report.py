"""Figures of made-up records, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from evals.latency.records import Asked, Outcome, SessionRecord
from evals.latency.report import build_report

TIMINGS = {"queue": 1.0, "prompt": 2.0, "prefill": 100.0, "decode": 50.0, "filter": 3.0}


def asked(outcome: Outcome, ghost_ms: float = 0.0, **more: Any) -> Asked:
    """A request sent 50 ms after its keystroke."""
    timings = TIMINGS | {"total": 160.0}
    event = {
        "reason": more.pop("reason", None),
        "timingsMs": more.pop("timings", timings),
        "tokens": more.pop("tokens", {"prompt": 100, "reused": 80, "completion": 5}),
    }
    return Asked(1, 10.0, 10.05, 10.0 + ghost_ms / 1e3, outcome, event=event, **more)


def report_of(*all_asked: Asked, **counts: Any) -> dict[str, Any]:
    record = SessionRecord("made", list(all_asked), **counts)
    return build_report([record], fingerprint={}, server={}, stopped=None)


def test_the_parts_add_up_to_the_whole() -> None:
    latency = report_of(asked("shown", 220.0, n_offered=4))["latency_ms"]
    assert latency["keystroke_to_ghost"]["p50"] == 220
    parts = {name: row["p50"] for name, row in latency.items() if row["n"]}
    whole = parts.pop("keystroke_to_ghost")
    assert parts["transport"] == 220 - 50 - 156
    assert sum(parts.values()) == pytest.approx(whole)


def test_the_scan_is_not_measured_until_the_server_tells_it() -> None:
    latency = report_of(asked("shown", 220.0))["latency_ms"]
    assert latency["check"] == {"n": 0, "note": "not measured"}
    told = asked("shown", 220.0, timings=TIMINGS | {"check": 7.0, "total": 163.0})
    latency = report_of(told)["latency_ms"]
    assert latency["check"]["p50"] == 7
    assert latency["transport"]["p50"] == 220 - 50 - 163


def test_a_server_that_tells_nothing_leaves_its_stages_unmeasured() -> None:
    silent = asked("shown", 220.0)
    silent.event = None
    report = report_of(silent)
    assert report["latency_ms"]["keystroke_to_ghost"]["n"] == 1
    assert report["latency_ms"]["prefill"]["n"] == report["latency_ms"]["transport"]["n"] == 0
    assert report["requests"]["told_by_server"] == 0


def test_outcomes_and_reasons_are_counted() -> None:
    requests = report_of(
        asked("shown", 100.0),
        asked("empty", 90.0, reason="blank"),
        asked("empty", 90.0, reason="blank"),
        asked("empty", 90.0, reason="model_stopped"),
        asked("cancelled", 60.0, cut_off_s=10.06),
    )["requests"]
    assert requests["sent"] == 5
    assert (requests["shown"], requests["empty"], requests["cancelled"]) == (1, 3, 1)
    assert requests["shares"]["empty"] == 0.6
    assert requests["empty_reasons"] == {"blank": 2, "model_stopped": 1}


def test_answers_after_the_end_are_counted_and_not_timed() -> None:
    report = report_of(
        asked("shown", 100.0, n_offered=10, n_matching=10),
        asked("shown", 9000.0, n_offered=10, is_after_end=True),
    )
    assert report["requests"]["answered_after_end"] == 1
    assert report["latency_ms"]["keystroke_to_ghost"]["n"] == 1
    assert report["keystroke_to_answer_ms"]["n"] == 1
    assert report["offers"]["precision"] == 1


def test_the_reuse_of_prefixes_is_a_share_of_requests_and_of_tokens() -> None:
    cache = report_of(
        asked("shown", 100.0),
        asked("shown", 100.0, tokens={"prompt": 100, "reused": 0, "completion": 5}),
        asked("empty", 100.0, tokens={}),
    )["prefix_cache"]
    assert (cache["requests"], cache["requests_reusing"]) == (2, 1)
    assert cache["share_of_requests"] == 0.5
    assert cache["share_of_tokens"] == 0.4


def test_offers_are_judged_by_their_characters() -> None:
    offers = report_of(
        asked("shown", 100.0, n_offered=10, n_matching=4),
        asked("shown", 100.0, n_offered=30, n_matching=6),
        n_keystrokes=20,
        n_left_out=12,
        n_typed_chars=25,
        n_accepted_chars=15,
        n_kept_chars=15,
        n_accepts={"full": 1, "line": 0, "word": 2},
    )["offers"]
    assert offers["precision"] == 0.25
    assert offers["share_of_text_accepted"] == 15 / 40
    assert offers["keystrokes_saved"] == 12 - 3


def test_what_was_cut_off_makes_the_estimate_slower() -> None:
    answers = report_of(
        asked("shown", 100.0),
        asked("cancelled", 60.0, cut_off_s=10.2),
        asked("shown", 400.0),
        asked("cancelled", 60.0, cut_off_s=10.3),
    )["keystroke_to_answer_ms"]
    assert (answers["n"], answers["n_cut_off"], answers["p50"]) == (2, 2, 250)
    assert answers["had_the_user_waited"]["p50"] == 400


def test_a_run_without_requests_has_no_shares() -> None:
    report = report_of()
    assert report["requests"]["shares"]["shown"] is None
    assert report["offers"]["precision"] is None


def from_source(source: str | None, ghost_ms: float, **more: Any) -> Asked:
    one = asked("shown", ghost_ms, n_offered=4, **more)
    assert one.event is not None
    one.event["source"] = source
    return one


def test_runs_of_the_model_known_answers_and_empty_ones_are_told_apart() -> None:
    sources = report_of(
        from_source("model", 400.0),
        from_source("model", 600.0),
        from_source("typed_through", 60.0),
        from_source("in_flight", 80.0),
        from_source("ahead", 70.0),
        from_source(None, 90.0),
        from_source("model", 5000.0, is_after_end=True),
        asked("empty", 300.0, reason="blank"),
        asked("cancelled", 60.0, cut_off_s=10.06),
    )["by_source"]
    assert (sources["model_runs"]["n"], sources["model_runs"]["p50"]) == (2, 500)
    assert (sources["known"]["n"], sources["known"]["p50"]) == (3, 70)
    assert (sources["not_told"]["n"], sources["empty"]["p50"]) == (1, 300)
    assert (sources["all_shown"]["n"], sources["all_shown"]["p50"]) == (6, 85)
    assert sources["share_empty"] == pytest.approx(1 / 7, abs=1e-4)
    assert sources["sources"] == {
        "model": 2, "typed_through": 1, "in_flight": 1, "ahead": 1, "not told": 1,
    }  # fmt: skip


def test_what_was_done_before_the_request_is_no_part_of_its_way() -> None:
    early = TIMINGS | {"check": 0.0, "before_request": 50.0, "total": 106.0}
    latency = report_of(asked("shown", 170.0, timings=early))["latency_ms"]
    assert latency["transport"]["p50"] == 170 - 50 - (156 - 50)


def test_the_cache_tells_what_was_read_and_drafted() -> None:
    counts = {"prompt": 100, "reused": 80, "completion": 5, "drafted": 9, "accepted": 4}
    cache = report_of(asked("shown", 100.0, tokens=counts), asked("empty", 9.0))["prefix_cache"]
    assert cache["read_tokens_per_request"] == 20
    assert (cache["drafted_tokens"], cache["accepted_tokens"]) == (9, 4)
