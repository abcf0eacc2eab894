# mypy: ignore-errors
"""Programmatic dependent launch: a kernel is set up while the one before it ends.

It hides half a microsecond of every launch in a captured graph (kernels/NOTES.md). A kernel
launched so must call `wait_for_previous` before it reads what an earlier kernel wrote or writes
what one reads. Every kernel of a step waits, so waiting for the one before means having waited for
all.

Kernels never let the next one start before they end: its programs would fill the multiprocessors
unevenly, and what that costs was measured to be more than what it hides.
"""

from __future__ import annotations

import functools

import torch
import triton
from triton.language.extra.cuda import gdc_wait

# The first architecture that has it.
HOPPER = (9, 0)


@triton.jit
def wait_for_previous():
    """Until the kernel before has ended and its writes can be read."""
    gdc_wait()


@functools.cache
def dependent_launch(device: torch.device) -> dict[str, bool]:
    """The arguments of a launch: whether the kernel waits, and the option that makes it have to."""
    can = device.type == "cuda" and torch.cuda.get_device_capability(device) >= HOPPER
    return {"DEPENDENT": True, "launch_pdl": True} if can else {"DEPENDENT": False}
