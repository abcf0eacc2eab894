"""The judge is shown to be right before it is believed, and a wrong one stops the run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import pytest

from analyzers.sandbox.sandbox import Sandbox
from evals.errors import CanaryFailed
from evals.humaneval import canaries
from evals.humaneval.canaries import run_canaries
from evals.humaneval.problems import load_problems
from evals.judge import Case, Verdict

PROBLEMS = load_problems()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as opened:
        yield opened


def test_all_canaries_are_judged_as_they_must_be(sandbox: Sandbox) -> None:
    report = run_canaries(sandbox, PROBLEMS, jobs=2)
    assert (report["right"], report["wrong"]) == (164, 164)
    assert report["hostile"] > 15


def test_a_right_answer_that_fails_stops_the_run(sandbox: Sandbox) -> None:
    broken = dataclasses.replace(PROBLEMS[0], canonical_solution="    return None\n")
    with pytest.raises(CanaryFailed, match="known right program «HumanEval/0»"):
        run_canaries(sandbox, [broken], jobs=1)


def test_a_judge_that_passes_everything_stops_the_run(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def credulous(_: object, cases: Sequence[Case], **__: object) -> list[Verdict]:
        return [Verdict(True, "passed", "", 0.0) for _ in cases]

    monkeypatch.setattr(canaries, "judge_all", credulous)
    with pytest.raises(CanaryFailed, match="known wrong program"):
        run_canaries(sandbox, PROBLEMS[:1], jobs=1)


def test_bombs_are_left_out_where_only_resource_limits_hold(sandbox: Sandbox) -> None:
    everywhere = run_canaries(sandbox, PROBLEMS[:1], jobs=1)
    with Sandbox(without=frozenset({"namespaces", "landlock", "seccomp"})) as weak:
        assert weak.report.is_weak
        assert run_canaries(weak, PROBLEMS[:1], jobs=1)["hostile"] < everywhere["hostile"]
