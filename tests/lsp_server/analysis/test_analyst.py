"""Whatever happens to the analyzers, the answer is a report."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from analyzers.delta import Insertion
from analyzers.finding import Span
from analyzers.policy import DEFAULT, Policy
from analyzers.project import NO_PROJECT, Project
from analyzers.report import Report
from lsp_server.analysis.analyst import Analyst, Limits
from lsp_server.analysis.analyzers import EngineState, LocalAnalyzers

INSERTION = Insertion(Span(0, 0), "x = 1\n")
FINE = Report("allow", (), "whole file", "x = 1\n")
SHORT = Limits(load_s=0.2, check_s=0.2, scan_s=0.2)


class Played(LocalAnalyzers):
    """Does what a test says."""

    def __init__(
        self,
        report: Callable[[], Report] = lambda: FINE,
        examine: Callable[[], tuple[EngineState, ...]] = lambda: (),
    ) -> None:
        self._report = report
        self._examine = examine

    def examine(self) -> tuple[EngineState, ...]:
        return self._examine()

    def check(self, *_: object) -> Report:
        return self._report()

    def scan(self, text: str, language: str, policy: Policy, project: Project) -> Report:
        return self._report()


def check(analyst: Analyst, language: str = "python", policy: Policy = DEFAULT) -> Report:
    return analyst.check("", INSERTION, language, policy, NO_PROJECT)


def raising() -> Report:
    raise RecursionError("secret document text")


def test_a_report_is_handed_on() -> None:
    assert check(Analyst(Played())) is FINE
    assert asyncio.run(Analyst(Played()).scan("", "python", DEFAULT, NO_PROJECT)) is FINE


@pytest.mark.parametrize("unchecked", ["block", "annotate"])
def test_an_error_is_a_report_that_withholds_unless_the_policy_lets_it_pass(
    unchecked: str,
) -> None:
    policy = Policy(unchecked=unchecked)  # type: ignore[arg-type]
    analyst = Analyst(Played(raising))
    scanned = asyncio.run(analyst.scan("x = 1\n", "python", policy, NO_PROJECT))
    for report in (check(analyst, policy=policy), scanned):
        assert not report.is_checked
        assert report.problems
        assert report.verdict == unchecked
        assert (report.text is None) == (unchecked == "block")
        assert "secret" not in report.why


def test_what_does_not_end_is_unchecked_and_what_comes_later_is_not() -> None:
    gate = threading.Event()

    def hang() -> Report:
        gate.wait()
        return FINE

    def answer() -> Report:
        return FINE

    reports = [hang, answer]

    def play() -> Report:
        return reports.pop(0)()

    analyst = Analyst(Played(play), SHORT)
    assert check(analyst).why == "the check took longer than 0.2 s"
    assert check(analyst) is FINE
    gate.set()


def test_loading_that_does_not_end_is_said() -> None:
    gate = threading.Event()
    analyst = Analyst(Played(examine=lambda: (gate.wait(), ())[1]), SHORT)
    assert check(analyst).why == "the analyzers are still being loaded"
    scanned = asyncio.run(analyst.scan("", "python", DEFAULT, NO_PROJECT))
    assert scanned.why == "the analyzers are still being loaded"
    assert analyst.state == "loading"
    gate.set()


def test_analyzers_that_cannot_be_loaded_leave_everything_unchecked() -> None:
    def fail() -> tuple[EngineState, ...]:
        raise ImportError("secret path")

    analyst = Analyst(Played(examine=fail))
    report = check(analyst)
    assert not report.is_checked
    assert report.why.startswith("the analyzers cannot be loaded: ImportError in fail, line ")
    assert (analyst.state, analyst.failure) == ("failed", report.why)


def test_a_broken_engine_leaves_its_own_languages_unchecked_and_no_others() -> None:
    state = EngineState("bandit", "", ("python",), "it did not find its canary")
    analyst = Analyst(Played(examine=lambda: (state,)))
    why = "the engine bandit is broken: it did not find its canary"
    assert check(analyst).why == why
    assert check(analyst, "javascript") is FINE
