"""Percentiles and how far they can be believed."""

from __future__ import annotations

from evals.latency.percentiles import summarize


def test_percentiles_of_known_samples() -> None:
    summary = summarize([float(i) for i in range(101)])
    assert (summary["n"], summary["p50"], summary["p95"], summary["p99"]) == (101, 50, 95, 99)
    assert summary["too_few_for"] == []
    low, high = summary["p50_interval"]
    assert 35 < low < 50 < high < 65


def test_few_samples_are_said_to_be_few() -> None:
    assert summarize([1.0] * 20)["too_few_for"] == ["p99"]
    assert summarize([1.0, 2.0])["too_few_for"] == ["p50", "p95", "p99"]
    assert summarize([]) == {"n": 0}


def test_the_same_samples_give_the_same_interval() -> None:
    samples = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0]
    assert summarize(samples) == summarize(samples)
