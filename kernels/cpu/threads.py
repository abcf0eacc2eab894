"""How many threads to compute with: one for each physical core that this process may use."""

from __future__ import annotations

import os
from pathlib import Path

_TOPOLOGY = Path("/sys/devices/system/cpu")


def physical_cores(topology: Path = _TOPOLOGY) -> int:
    """Cores whose units are their own: two hardware threads of one share what we would use."""
    if not hasattr(os, "sched_getaffinity"):
        return max(1, (os.cpu_count() or 2) // 2)
    allowed = os.sched_getaffinity(0)
    siblings = {_siblings(topology, cpu) or str(cpu) for cpu in allowed}
    return max(1, len(siblings))


def _siblings(topology: Path, cpu: int) -> str:
    try:
        path = topology / f"cpu{cpu}" / "topology" / "thread_siblings_list"
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""
