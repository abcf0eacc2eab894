"""What of the benchmark can be told without a device."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from codegen import bench
from codegen.decoder import Segment
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.measure import in_natural_order, shapes
from codegen.gpu.packed_weights import Format, check_packable
from codegen.gpu.random_weights import random_weights


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_without_a_device_it_says_so_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main([]) == 1
    assert "needs a CUDA device" in capsys.readouterr().err


@pytest.mark.parametrize("case", ["6.7b", "6.7b:int3", "9b:int4"])
def test_a_case_it_does_not_know_is_a_usage_error(
    case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["--models", case]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize("name", ["6.7b", "1.5b", "0.5b"])
def test_the_shapes_can_be_packed(name: str) -> None:
    check_packable(shapes(name))


@pytest.mark.parametrize("kind", ["int4", "int8", "bf16"])
def test_random_weights_decode_to_numbers(kind: Format) -> None:
    config = replace(
        shapes("1.5b"), n_layers=2, hidden=64, ffn=96, n_heads=4, head_dim=16, vocab=70
    )
    weights = random_weights(config, kind, torch.device("cpu"))
    for each in (weights, in_natural_order(weights)):
        decoder = GpuDecoder(each, 64)
        logits = decoder.score([Segment([1, 2, 3], decoder.new_cache(4))]).logits
        assert 0.2 < float(logits.std()) < 5
