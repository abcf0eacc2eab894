"""The debounce and the time budget, with times that the test makes up."""

from __future__ import annotations

from lsp_server.serving.pace import Debounce, after_seconds


def test_a_fast_model_waits_for_the_pause() -> None:
    debounce = Debounce()
    debounce.learn(20.0)
    assert debounce.wait_ms(75.0, since_edit_ms=0.0) == 55.0
    assert debounce.wait_ms(75.0, since_edit_ms=50.0) == 5.0


def test_a_slow_model_begins_at_once() -> None:
    debounce = Debounce()
    debounce.learn(400.0)
    assert debounce.wait_ms(75.0, since_edit_ms=0.0) == 0.0


def test_what_was_measured_is_forgotten_by_and_by() -> None:
    debounce = Debounce()
    debounce.learn(400.0)
    for _ in range(40):
        debounce.learn(10.0)
    assert 10.0 <= debounce.expected_ms < 11.0


def test_a_budget_is_over_when_its_time_has_passed() -> None:
    now = [5.0]
    is_late = after_seconds(2.0, lambda: now[0])
    assert not is_late()
    now[0] = 7.0
    assert is_late()
    assert not after_seconds(None)()
