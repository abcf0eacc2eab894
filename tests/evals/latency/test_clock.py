"""The inbox and the real clock."""

from __future__ import annotations

from evals.latency.clock import Inbox, RealClock


def test_messages_come_in_order_with_the_time_at_which_they_were_read() -> None:
    times = iter([1.0, 2.0])
    inbox = Inbox(lambda: next(times))
    inbox.put({"id": 1})
    inbox.put({"id": 2})
    assert inbox.get(0) == (1.0, {"id": 1})
    assert inbox.get(0) == (2.0, {"id": 2})
    assert inbox.get(0) is None


def test_the_real_clock_gives_a_message_at_once_and_nothing_once_the_time_has_come() -> None:
    clock = RealClock()
    inbox = Inbox(clock.now)
    assert clock.wait(inbox, clock.now() - 5.0, 1) is None
    inbox.put({"id": 1})
    received = clock.wait(inbox, clock.now() + 30.0, 1)
    assert received is not None
    assert received[1] == {"id": 1}
