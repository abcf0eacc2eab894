"""A record's figures come from its verdicts."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from evals.errors import RecordError
from evals.run_record import RunFacts, TaskVerdict, record_run
from tests.evals.records import FINGERPRINT, STRONG, make_record, make_verdict


def test_rates_are_computed_from_the_verdicts() -> None:
    record = make_record({f"HumanEval/{i}": k for i, k in enumerate((0, 1, 5, 10))}, n=10)
    assert record.pass_at_1 == pytest.approx(0.4)
    assert record.pass_at_k == pytest.approx({1: 0.4, 5: (0.5 + (1 - 1 / 252) + 1) / 4, 10: 0.75})
    assert record.stderr == pytest.approx(0.2273, abs=1e-4)
    assert record.n_passed == 3


def test_the_moment_is_kept_in_utc() -> None:
    east = datetime(2026, 1, 1, 1, 30, 0, 5, tzinfo=timezone(timedelta(hours=2)))
    record = record_run(RunFacts("humaneval", 1, FINGERPRINT, STRONG), {}, east)
    assert record.created == "2025-12-31T23:30:00+00:00"


@pytest.mark.parametrize(
    ("passed", "n", "n_passed"), [(True, 1, 0), (False, 1, 1), (True, 2, 3), (True, 0, 0)]
)
def test_a_verdict_that_contradicts_itself_is_refused(passed: bool, n: int, n_passed: int) -> None:
    with pytest.raises(RecordError):
        TaskVerdict(passed, "reason", n=n, n_passed=n_passed)


def test_a_task_with_fewer_samples_than_the_run_is_refused() -> None:
    facts = RunFacts("humaneval", 2, FINGERPRINT, STRONG)
    with pytest.raises(RecordError, match="a/1 has 1 samples and the run says 2"):
        record_run(facts, {"a/1": make_verdict(1)})


def test_a_run_without_a_model_is_refused() -> None:
    with pytest.raises(RecordError, match="no 'model'"):
        record_run(RunFacts("humaneval", 1, {"mode": "base"}, STRONG), {})
