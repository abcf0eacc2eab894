"""What was run, on what: two reports are comparable where these agree."""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path
from typing import Any

from lsp_server import VERSION

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("lsp_server", "codegen", "moe", "kernels", "analyzers", "evals/latency")


def code_digest(root: Path = _ROOT) -> str:
    """A fingerprint of the source that serves and measures."""
    whole = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            whole.update(path.relative_to(root).as_posix().encode() + b"\0")
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()[:16]


def machine() -> dict[str, Any]:
    """The cores, and how busy they are with other things."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else (None,)
    return {
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "architecture": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "load_average_before": load[0],
    }


def code() -> str:
    """The version, and the digest of what is really there."""
    return f"{VERSION}+{code_digest()}"
