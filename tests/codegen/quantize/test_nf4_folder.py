"""Folders of NF4 weights: written by us and read by transformers, and the other way round."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import DenseWeights, open_weights
from codegen.quantize.forward import final_stream, log_probs
from codegen.quantize.nf4_folder import WEIGHTS_NAME, write_nf4_folder
from codegen.tokenizer import Tokenizer
from kernels.nf4 import dequantize_nf4, quantize_nf4
from tests import tiny_models

# The CPU code of bitsandbytes takes rows of whole blocks alone.
SIZES = {"hidden_size": 64, "intermediate_size": 128}
IDS = torch.tensor([[5, 6, 7, 8, 9]])


def converted(folder: Path) -> tuple[DenseWeights, Tokenizer]:
    path = ensure_converted(tiny_models.stored(folder, folder.with_suffix(".converted")))
    return open_weights(path), Tokenizer.load(path)


@pytest.fixture
def source(tmp_path: Path) -> tuple[DenseWeights, Tokenizer]:
    tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=SIZES)
    return converted(tmp_path / "tiny")


@pytest.mark.parametrize("nested", [True, False])
def test_what_we_write_we_read_as_the_numbers_of_its_codes(
    tmp_path: Path, source: tuple[DenseWeights, Tokenizer], nested: bool
) -> None:
    dense, tokenizer = source
    size = write_nf4_folder(dense, tokenizer, tmp_path / "nf4", nested=nested)
    assert size == (tmp_path / "nf4" / WEIGHTS_NAME).stat().st_size
    back, tokenizer_back = converted(tmp_path / "nf4")
    expected = dequantize_nf4(quantize_nf4(dense.layers[1].down, nested=nested)).bfloat16()
    assert torch.equal(back.layers[1].down, expected)
    assert back.config.eos_id == dense.config.eos_id
    assert back.config.tied_head
    for marker in tiny_models.QWEN_MARKERS:
        assert tokenizer_back.special_id(marker) == tokenizer.special_id(marker)
    assert tokenizer_back.encode("def f():\n") == tokenizer.encode("def f():\n")
    assert not list((tmp_path / "nf4").glob("*.partial"))


def test_transformers_loads_what_we_write(
    tmp_path: Path, source: tuple[DenseWeights, Tokenizer]
) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is an optional dependency")
    from transformers import AutoModelForCausalLM

    dense, tokenizer = source
    write_nf4_folder(dense, tokenizer, tmp_path / "nf4")
    model: Any = AutoModelForCausalLM.from_pretrained(tmp_path / "nf4", dtype=torch.bfloat16)
    assert type(model.model.layers[0].mlp.down_proj).__name__ == "Linear4bit"
    ours, _ = converted(tmp_path / "nf4")
    with torch.inference_mode():
        theirs = model(IDS).logits[0].float().log_softmax(-1)
        (mine,) = log_probs(ours, final_stream(ours, IDS))
    assert float((theirs.exp() * (theirs - mine)).sum(-1).max()) < 0.02  # nats


def test_we_load_what_transformers_writes(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is an optional dependency")
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    tiny_models.write_model(tmp_path / "tiny", "llama-gqa", sizes=SIZES)
    config = BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True
    )
    model: Any = AutoModelForCausalLM.from_pretrained(
        tmp_path / "tiny", quantization_config=config, dtype=torch.bfloat16
    )
    model.save_pretrained(tmp_path / "theirs")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "theirs" / name).write_bytes((tmp_path / "tiny" / name).read_bytes())
    plain, _ = converted(tmp_path / "tiny")
    ours, _ = converted(tmp_path / "theirs")
    expected = dequantize_nf4(quantize_nf4(plain.layers[0].gate_up[:128], nested=True))
    error = (ours.layers[0].gate_up[:128].float() - expected).norm() / expected.norm()
    assert float(error) < 3e-3


def test_a_folder_whose_parts_do_not_fit_together_is_refused(
    tmp_path: Path, source: tuple[DenseWeights, Tokenizer]
) -> None:
    folder = tmp_path / "nf4"
    write_nf4_folder(*source, folder)
    path = folder / WEIGHTS_NAME
    tensors = load_file(path)
    name = "model.layers.0.mlp.down_proj.weight"
    state = f"{name}.quant_state.bitsandbytes__nf4"

    def refused(changed: dict[str, torch.Tensor], kind: type[ModelFileError], match: str) -> None:
        save_file(changed, path, {"format": "pt"})
        with pytest.raises(kind, match=match):
            converted(folder)

    def described(**fields: object) -> dict[str, torch.Tensor]:
        text = json.dumps(json.loads(bytes(tensors[state].tolist())) | fields).encode()
        return {**tensors, state: torch.tensor(list(text), dtype=torch.uint8)}

    refused(tensors | {name: tensors[name][:-1].clone()}, ModelFileError, "other sizes")
    refused(described(shape=[64, 1 << 40]), ModelFileError, "other sizes")
    refused(described(blocksize=0), ModelFileError, "other sizes")
    refused(described(shape="x"), ModelFileError, "incomplete")
    refused(described(quant_type="int3"), UnsupportedModel, "not one of")
    refused(
        {k: v for k, v in tensors.items() if k != f"{name}.absmax"}, ModelFileError, "no tensor"
    )
    refused(tensors | {state: torch.zeros(3, dtype=torch.uint8)}, ModelFileError, "cannot be read")
