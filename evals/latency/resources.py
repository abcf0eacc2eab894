"""What a process used: CPU seconds and the most memory that it ever held."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Usage:
    """Until now. None where this system does not tell."""

    cpu_s: float | None = None
    peak_bytes: int | None = None


def usage_of(pid: int) -> Usage | None:
    """Reads /proc, or asks psutil where that is absent; none once the process is gone.

    Source: proc(5): VmHWM is the peak resident set, utime and stime are fields 14 and 15 of stat.
    """
    folder = Path("/proc") / str(pid)
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        status = (folder / "status").read_text().splitlines()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _ask_psutil(pid)
    ticks = int(fields[11]) + int(fields[12])
    peaks = [int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:")]
    if not peaks:
        return None  # A zombie has no memory any more.
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), peaks[0])


def _ask_psutil(pid: int) -> Usage | None:
    try:
        import psutil

        process = psutil.Process(pid)
        times, memory = process.cpu_times(), process.memory_info()
    except ImportError:
        return Usage()
    except psutil.Error:
        return None
    # Only Windows knows a peak; elsewhere what is held now would pass for one.
    return Usage(times.user + times.system, getattr(memory, "peak_wset", None))
