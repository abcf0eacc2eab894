"""How far a fast path may be from its definition, relative to the RMS of what that gives."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class Tolerance:
    """The largest single error and the RMS of all errors, both relative to the reference's RMS."""

    max_error: float
    rms_error: float


TOLERANCES = {
    torch.float32: Tolerance(max_error=2e-4, rms_error=2e-5),
    torch.float16: Tolerance(max_error=2.5e-3, rms_error=5e-4),
    torch.bfloat16: Tolerance(max_error=2e-2, rms_error=4e-3),
}


def assert_close(actual: torch.Tensor, reference: torch.Tensor, dtype: torch.dtype) -> None:
    """Compares with a float32 reference under the table's tolerance; NaN never passes."""
    assert actual.shape == reference.shape
    limit = TOLERANCES[dtype]
    error = actual.float() - reference.float()
    scale = reference.float().square().mean().sqrt()
    assert bool(error.abs().max() / scale <= limit.max_error), float(error.abs().max() / scale)
    rms = float(error.square().mean().sqrt() / scale)
    assert rms <= limit.rms_error, rms
