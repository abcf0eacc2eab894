"""Which path serves an operation, by device."""

from __future__ import annotations

import torch

from kernels import ops
from kernels.cpu.library import kernel_sets
from kernels.step_reference import PlainStep


def test_the_cpu_has_no_triton_kernels_of_the_step_and_says_what_it_has() -> None:
    assert set(ops.paths()) == {*ops.OPERATIONS, "int8 step"}
    assert ops.paths()["int8 step"].endswith(kernel_sets()[0])
    assert "int8 step" not in ops.paths("cuda")
    assert isinstance(ops.step_operations(torch.device("cpu")), PlainStep)


def test_on_a_gpu_every_operation_of_the_step_names_its_kernels() -> None:
    paths = ops.paths("cuda")
    for name in ops.STEP_OPERATIONS:
        assert paths[f"step.{name}"] == "kernels.gpu.fused_step"
        assert callable(getattr(PlainStep, name)), "a name that no operation has"
    assert paths["attention"] == "kernels.torch_paths"
