# mypy: ignore-errors
"""Counters by which the programs that share a tile find out which of them finished last."""

from __future__ import annotations

import functools

import torch
import triton
from torch import Tensor


def arrival_counters(device: torch.device, n_tiles: int) -> Tensor:
    """One zero per tile; the kernel that uses them leaves zeros behind.

    They are kept per stream, because kernels of one stream follow each other and those of two
    streams would count each other's programs.

    Shapes: -> [at least n_tiles] int32.
    """
    stream = torch.cuda.current_stream(device).cuda_stream if device.type == "cuda" else 0
    return _counters(device, stream, max(1024, triton.next_power_of_2(n_tiles)))


@functools.cache
def _counters(device: torch.device, stream: int, n_counters: int) -> Tensor:
    return torch.zeros(n_counters, dtype=torch.int32, device=device)
