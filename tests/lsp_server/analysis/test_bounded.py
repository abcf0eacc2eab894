"""Threads that may be given up."""

from __future__ import annotations

import threading

import pytest

from lsp_server.analysis.bounded import BoundedThreads, TooManyRunning

PATIENCE_S = 30.0


def test_a_result_and_an_error_come_back() -> None:
    threads = BoundedThreads("test", 2)
    assert threads.start(lambda: 3).result(PATIENCE_S) == 3
    with pytest.raises(ZeroDivisionError):
        threads.start(lambda: 1 // 0).result(PATIENCE_S)


def test_no_more_than_so_many_run_at_once_and_a_finished_one_makes_room() -> None:
    gate = threading.Event()
    threads = BoundedThreads("test", 2)
    waiting = [threads.start(gate.wait) for _ in range(2)]
    with pytest.raises(TooManyRunning):
        threads.start(lambda: 3).result(PATIENCE_S)
    gate.set()
    assert [future.result(PATIENCE_S) for future in waiting] == [True, True]
    assert threads.start(lambda: 3).result(PATIENCE_S) == 3


def test_a_thread_that_never_ends_does_not_keep_the_process() -> None:
    name = threads_of_a_call()
    assert name.startswith("leadsman-test")


def threads_of_a_call() -> str:
    def look() -> str:
        assert threading.current_thread().daemon
        return threading.current_thread().name

    return BoundedThreads("leadsman-test", 1).start(look).result(PATIENCE_S)
