"""Which losses fail the gate, and which are noise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evals.baseline import Baseline
from evals.comparison import Comparison, Difference
from evals.errors import GateError
from evals.gate import compare
from evals.gate_text import describe
from tests.evals.records import flip, make_baseline, make_record, make_tasks, with_detail

TASKS = make_tasks(164, 72)


def against(passed: dict[str, int], *baseline: dict[str, int]) -> Comparison:
    return compare(make_baseline(*(baseline or (TASKS,))), make_record(passed, day=9))


@pytest.mark.parametrize(
    ("lost", "gained", "exit_code"),
    [
        (0, 0, 0),
        (4, 0, 0),
        (5, 0, 1),
        (9, 2, 1),
        (8, 2, 0),
        (12, 4, 1),
        (11, 4, 0),
        (15, 6, 1),
        (14, 6, 0),
        (18, 8, 1),
        (17, 8, 0),
        (20, 10, 1),
        (19, 10, 0),
        (23, 12, 1),
        (22, 12, 0),
        (0, 60, 0),
        (72, 0, 1),
    ],
)
def test_without_noise_the_gate_is_mcnemar(lost: int, gained: int, exit_code: int) -> None:
    comparison = against(flip(TASKS, lost, gained))
    assert comparison.exit_code == exit_code
    assert (len(comparison.lost), len(comparison.gained)) == (lost, gained)
    assert comparison.floor == 0
    assert comparison.difference == pytest.approx((gained - lost) / 164)
    low, high = comparison.interval
    assert low <= comparison.difference <= high


def test_a_loss_has_to_exceed_what_the_baseline_shows_against_itself() -> None:
    # The second run lost the last three passing tasks and gained three: six verdicts differ.
    noisy = [f"HumanEval/{i}" for i in (69, 70, 71, 161, 162, 163)]
    second = {task: 1 - k if task in noisy else k for task, k in TASKS.items()}
    for n_lost, exit_code in ((6, 0), (7, 1)):
        comparison = against(flip(TASKS, n_lost, 0), TASKS, second)
        assert (comparison.floor, comparison.exit_code) == (6, exit_code)
        assert list(comparison.noisy) == noisy
        assert comparison.power.smallest_loss == 7


def test_tasks_that_the_baseline_disagrees_on_are_neither_lost_nor_gained() -> None:
    second = flip(TASKS, 2, 0)
    comparison = against(flip(TASKS, 6, 0), TASKS, second)
    assert [change.task_id for change in comparison.lost] == [
        f"HumanEval/{i}" for i in (2, 3, 4, 5)
    ]
    assert not comparison.is_worse


def test_the_floor_is_that_of_the_two_runs_that_differ_most() -> None:
    comparison = against(TASKS, TASKS, flip(TASKS, 1, 0), flip(TASKS, 0, 2))
    assert comparison.floor == 3
    assert len(comparison.noisy) == 3


def test_a_task_without_a_verdict_counts_as_lost() -> None:
    some = dict(list(TASKS.items())[5:])
    comparison = against(some)
    assert comparison.exit_code == 1
    assert len(comparison.missing) == 5
    assert {change.reason_after for change in comparison.lost} == {"missing"}
    assert comparison.rate_after == pytest.approx(67 / 164)


def test_a_run_that_was_asked_for_a_subset_is_compared_on_it() -> None:
    asked = list(TASKS)[:40]
    run = make_record({task: TASKS[task] for task in asked}, selection=[*asked, "HumanEval/900"])
    comparison = compare(make_baseline(TASKS), run)
    assert (comparison.n_tasks, comparison.exit_code, comparison.missing) == (40, 0, ())


def test_a_subset_that_was_not_finished_counts_what_is_missing() -> None:
    asked = list(TASKS)[:40]
    run = make_record(dict.fromkeys(asked[:35], 1), selection=asked)
    assert compare(make_baseline(TASKS), run).exit_code == 1


def test_tasks_that_the_baseline_lacks_are_named_and_not_compared() -> None:
    asked_for = replace(make_record(TASKS), selection=tuple(TASKS))
    baseline = Baseline("a test", (asked_for, asked_for))
    comparison = compare(baseline, make_record(TASKS | {"HumanEval/900": 0}))
    assert comparison.unknown == ("HumanEval/900",)
    assert comparison.n_tasks == 164


def test_a_comparison_too_small_to_fail_says_so() -> None:
    comparison = compare(make_baseline(make_tasks(20, 4)), make_record(make_tasks(20, 0)))
    assert not comparison.is_worse
    assert "CANNOT FAIL: 4 tasks could be lost" in describe(comparison)


def test_lines_of_one_problem_count_once() -> None:
    lines = {f"HumanEval/{i}/L{line}": 1 for i in range(20) for line in range(5)}
    baseline = make_baseline(lines)
    one_problem = lines | {f"HumanEval/0/L{line}": 0 for line in range(5)}
    five_problems = lines | {f"HumanEval/{i}/L0": 0 for i in range(5)}
    first = compare(baseline, make_record(one_problem))
    second = compare(baseline, make_record(five_problems))
    assert (first.exit_code, second.exit_code) == (0, 1)
    assert float(first.p_value) == 1 / 2
    assert float(second.p_value) == 1 / 32
    assert first.test == "exact sign-flip test over problems"
    assert (first.n_tasks, first.n_problems) == (100, 20)


def test_several_samples_are_compared_by_their_rates() -> None:
    before = {f"HumanEval/{i}": 6 for i in range(30)}
    noisy = {task: 6 + (-1) ** i for i, task in enumerate(before)}
    baseline = make_baseline(before, noisy, n=10)
    assert compare(baseline, make_record(before, n=10)).exit_code == 0
    down = compare(baseline, make_record({task: k - 2 for task, k in before.items()}, n=10))
    assert down.exit_code == 1
    assert down.test == "exact sign-flip test over problems"
    assert down.rate_before == pytest.approx(0.6)
    assert down.difference == pytest.approx(-0.2)
    assert down.loss == pytest.approx(6.0)


def test_several_samples_have_to_lose_more_than_the_baseline_does() -> None:
    before = {f"HumanEval/{i}": 8 for i in range(30)}
    lower = dict.fromkeys(before, 6)
    comparison = compare(make_baseline(before, lower, n=10), make_record(lower, n=10))
    assert float(comparison.p_value) < 0.001
    assert (comparison.floor, comparison.loss) == pytest.approx((6.0, 3.0))
    assert comparison.exit_code == 0


@pytest.mark.parametrize(("name", "value"), [("mode", "chat"), ("dataset_sha256", "d1")])
def test_another_thing_is_not_compared(name: str, value: str) -> None:
    run = make_record(TASKS, fingerprint={name: value})
    with pytest.raises(GateError, match=rf"baseline has {name} '.*they cannot be compared"):
        compare(make_baseline(TASKS), run)


def test_another_eval_or_number_of_samples_is_not_compared() -> None:
    with pytest.raises(GateError, match="has eval 'humaneval' and the run 'infilling'"):
        compare(make_baseline(TASKS), replace(make_record(TASKS), eval="infilling"))
    with pytest.raises(GateError, match="has n 1 and the run 2"):
        compare(make_baseline(TASKS), make_record(TASKS, n=2))


def test_another_model_is_compared_and_named() -> None:
    run = make_record(TASKS, fingerprint={"model": "other"})
    comparison = compare(make_baseline(TASKS), run)
    assert comparison.differences[0] == Difference("model", "m", "other")


def test_no_common_task_is_no_comparison() -> None:
    with pytest.raises(GateError, match="no task that the baseline has"):
        compare(make_baseline(TASKS), make_record({"x/1": 1}, selection=["x/1"]))


def test_other_weights_are_the_reason_for_the_gate_and_are_listed() -> None:
    run = make_record(TASKS, fingerprint={"weights_sha256": "w1", "code_version": "2"})
    comparison = compare(make_baseline(TASKS), run)
    assert comparison.differences == (
        Difference("weights_sha256", "w0", "w1"),
        Difference("code_version", None, "2"),
    )
    assert "weights_sha256 differs: w0 before, w1 now" in describe(comparison)


def test_the_words_hold_the_verdict_the_reasons_and_no_control_characters() -> None:
    run = with_detail(make_record(flip(TASKS, 9, 2)), "HumanEval/0", "\x1b[2Jassert\n\u202e 1")
    said = describe(compare(make_baseline(TASKS), run))
    assert said.startswith("WORSE than the baseline: 9 lost and 2 gained of 164 tasks, -4.3 points")
    assert "p = 0.033" in said
    row = next(line for line in said.splitlines() if line.startswith("HumanEval/0 "))
    assert row.split() == ["HumanEval/0", "passed", "wrong_answer", r"\x1b[2Jassert\n\u202e", "1"]
    assert "9 beside the 2 gained" in said
    assert all(c.isprintable() or c == "\n" for c in said)


def test_a_baseline_of_all_tasks_that_was_cut_is_refused() -> None:
    whole = make_record(TASKS)
    first = next(iter(TASKS))
    cut = {task: value for task, value in TASKS.items() if task != first}
    with pytest.raises(GateError, match=f"lacks 1 tasks of the run, {first} the first"):
        compare(make_baseline(cut), whole)
