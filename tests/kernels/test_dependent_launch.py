"""Which devices launch a kernel while the one before it ends."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("triton", reason="the GPU kernels need Triton, which is not installed")

from kernels.gpu.dependent_launch import dependent_launch


def test_the_interpreter_waits_for_nothing() -> None:
    assert dependent_launch(torch.device("cpu")) == {"DEPENDENT": False}


@pytest.mark.parametrize(("capability", "can"), [((8, 9), False), ((9, 0), True), ((10, 0), True)])
def test_a_kernel_waits_exactly_where_it_is_launched_early(
    capability: tuple[int, int], can: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    arguments = dependent_launch.__wrapped__(torch.device("cuda"))
    assert arguments["DEPENDENT"] is can
    assert arguments.get("launch_pdl", False) is can
