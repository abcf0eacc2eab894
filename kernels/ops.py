"""Every operation of the decoder, dispatched to the best path for the tensors at hand.

Callers use these names only. A path is chosen by device and dtype, never by a global switch, and
`paths()` says which one runs, so that `leadsman doctor` and the tests can tell.
"""

from __future__ import annotations

import importlib

import torch

from kernels import reference, torch_paths
from kernels.cpu.library import kernel_sets
from kernels.step import StepOperations
from kernels.step_reference import PlainStep

embed = reference.embed
linear = torch_paths.linear
head = torch_paths.head
add_rms_norm = reference.add_rms_norm
rope_table = reference.rope_table
apply_rope = reference.apply_rope
attention = torch_paths.attention
swiglu = reference.swiglu
sample = reference.sample

OPERATIONS = (
    "embed",
    "linear",
    "head",
    "add_rms_norm",
    "rope_table",
    "apply_rope",
    "attention",
    "swiglu",
    "sample",
)


STEP_OPERATIONS = ("start", "qkv", "attend", "attend_many", "add", "gate_up", "choose")


def step_operations(device: torch.device) -> StepOperations:
    """The decode step's operations: Triton kernels on a CUDA device, plain torch elsewhere.

    Raises:
        ImportError: a CUDA device without Triton.
    """
    if device.type != "cuda":
        return PlainStep(dtype=torch.float32)
    # Triton is an optional dependency, and importing it takes a second.
    operations: StepOperations = importlib.import_module("kernels.gpu.fused_step").FusedStep()
    return operations


def unfused_step(*, compiled: bool) -> StepOperations:
    """The step with nothing fused but what torch's compiler fuses, on a GPU, for the bench."""
    module = importlib.import_module("kernels.gpu.unfused_step")
    operations: StepOperations = module.CompiledStep() if compiled else module.UnfusedStep()
    return operations


def int8_kernels() -> str | None:
    """The CPU's int8 kernels that run here; None where they were not compiled."""
    return next(iter(kernel_sets()), None)


def paths(device: str = "cpu") -> dict[str, str]:
    """What serves each operation on a device: a module, or kernels of an instruction set."""
    served = {name: globals()[name].__module__ for name in OPERATIONS}
    kernels = int8_kernels()
    if device == "cpu" and kernels is not None:
        served["int8 step"] = f"kernels.cpu.native {kernels}"
    if device == "cuda":
        served |= {f"step.{name}": "kernels.gpu.fused_step" for name in STEP_OPERATIONS}
    return served
