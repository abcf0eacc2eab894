"""What of the benchmark can be told without a device."""

from __future__ import annotations

import pytest
import torch

from kernels import bench


def test_copies_outgrow_the_cache_but_not_the_memory() -> None:
    assert bench.copies_for(45_000_000) * 45_000_000 >= bench.ROTATED_BYTES
    assert bench.copies_for(8 << 30) == 3
    assert bench.copies_for(1) == 64


def test_a_line_states_time_rate_share_and_the_others() -> None:
    timing = bench.Timing("int4 4096 x 4096, M 1", 5.0, 10.0, {"cuBLAS bf16": 13.25}, 20_000_000)
    line = timing.line()
    assert "10.00 us" in line
    assert "2000 GB/s" in line
    assert "50% of 5.00 us" in line
    assert "cuBLAS bf16 13.2" in line


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_without_a_device_it_says_so_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([]) == 1
    assert "needs a CUDA device" in capsys.readouterr().err
