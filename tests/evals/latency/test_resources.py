"""What a process used."""

from __future__ import annotations

import os
import subprocess
import sys

from evals.latency.resources import usage_of


def test_a_process_tells_its_cpu_time_and_its_peak() -> None:
    code = "x = bytearray(80 << 20); del x; print('ready', flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        usage = usage_of(process.pid)
        process.communicate(b"\n")
    assert usage is not None
    assert usage.cpu_s is not None
    assert usage.peak_bytes is not None
    # The memory was given back, the peak was not.
    assert 80 << 20 < usage.peak_bytes < 400 << 20
    assert usage_of(process.pid) is None


def test_cpu_seconds_are_those_that_the_system_counts() -> None:
    before = os.times()
    usage = usage_of(os.getpid())
    after = os.times()
    assert usage is not None
    assert usage.cpu_s is not None
    low, high = before.user + before.system, after.user + after.system
    assert low - 0.05 <= usage.cpu_s <= high + 0.05
