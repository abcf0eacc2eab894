"""What the GPU kernels may be off by where Triton's interpreter runs them."""

from __future__ import annotations

import torch

from tests.tolerances import TOLERANCES


def assert_kernel_close(actual: torch.Tensor, reference: torch.Tensor) -> None:
    """Compares a result of 16 bits with a float32 reference; NaN never passes.

    A device is held to the table of tolerances. The interpreter cuts numbers off to 16 bits where
    a device rounds them, which doubles the error of every rounding.
    """
    assert actual.dtype in (torch.float16, torch.bfloat16)
    assert actual.shape == reference.shape
    slack = 1.0 if actual.is_cuda else 2.0
    limit = TOLERANCES[actual.dtype]
    error = actual.float() - reference.float()
    scale = reference.float().square().mean().sqrt()
    assert bool(error.abs().max() / scale <= slack * limit.max_error), error.abs().max() / scale
    rms = error.square().mean().sqrt() / scale
    assert bool(rms <= slack * limit.rms_error), rms
