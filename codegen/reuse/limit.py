"""How much memory prompts that were read may take."""

from __future__ import annotations

import os
from functools import lru_cache

# On a machine of 4 GB this leaves the default of 256 MB as it is.
_SHARE = 16


def most_kept_bytes(wanted_mb: int, memory_bytes: int | None = None) -> int:
    """What is wanted, but no more than a sixteenth of the machine's memory.

    Args:
        wanted_mb: the user's setting; 0 keeps nothing.
        memory_bytes: of the machine; found out where it is not given.
    """
    memory_bytes = memory_bytes or _physical_bytes()
    wanted = wanted_mb << 20
    return wanted if memory_bytes is None else min(wanted, memory_bytes // _SHARE)


@lru_cache(maxsize=1)
def _physical_bytes() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Not every system tells.
        return None
