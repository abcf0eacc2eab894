"""What of the peers can be told without a device."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
import torch

from codegen import bench
from codegen.errors import LeadsmanError
from codegen.gpu.measure import shapes
from codegen.gpu.peers import nf4_model

CPU = torch.device("cpu")
CONFIG = replace(
    shapes("6.7b"), n_layers=2, hidden=64, ffn=128, n_heads=4, n_kv_heads=2, head_dim=16, vocab=70
)


def test_the_nf4_peer_is_4_bits_but_for_its_head_and_generates() -> None:
    bnb = pytest.importorskip("bitsandbytes", reason="bitsandbytes is an optional dependency")
    model = nf4_model(CONFIG, CPU)
    layer = model.model.layers[1]
    for linear in (layer.self_attn.q_proj, layer.self_attn.o_proj, layer.mlp.down_proj):
        assert isinstance(linear, bnb.nn.Linear4bit)
        assert linear.weight.quant_state.quant_type == "nf4"
        assert linear.weight.numel() * 2 == linear.in_features * linear.out_features
    assert model.lm_head.weight.dtype == torch.bfloat16
    assert not any(parameter.is_meta for parameter in model.parameters())
    with torch.no_grad():
        found = model.generate(
            torch.tensor([[1, 2, 3]]),
            attention_mask=torch.ones(1, 3, dtype=torch.long),
            max_new_tokens=4,
            min_new_tokens=4,
            pad_token_id=0,
        )
    assert found.shape == (1, 7)


def test_a_peer_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    with pytest.raises(LeadsmanError, match=r"install leadsman\[transformers\]"):
        nf4_model(CONFIG, CPU)


def test_a_peer_that_is_unknown_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        bench.main(["--peer", "nobody"])
    assert refused.value.code == 2
    assert "bitsandbytes" in capsys.readouterr().err
