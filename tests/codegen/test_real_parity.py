"""The real 0.5B weights: every tensor, the logits and the greedy text against transformers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from codegen.decoder import DenseDecoder, Segment
from codegen.engine import Budget, Infill
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.prompt.builder import PromptBuilder
from codegen.prompt.family import detect_family
from codegen.store.model import StoredModel
from codegen.tokenizer import Tokenizer

pytestmark = pytest.mark.model

PREFIX = 'from pathlib import Path\n\n\ndef count_lines(path: Path) -> int:\n    """Lines."""\n'
SUFFIX = "\n\nif __name__ == '__main__':\n    print(count_lines(Path('a.txt')))\n"


@pytest.fixture(scope="module")
def folder(default_model: StoredModel) -> Path:
    return ensure_converted(default_model)


@pytest.fixture(scope="module")
def reference(default_model: StoredModel) -> Any:
    """Transformers' own reading of the GGUF, in float32."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(
        str(default_model.path.parent),
        gguf_file=default_model.path.name,
        dtype=torch.float32,
        local_files_only=True,
    ).eval()


def test_every_converted_tensor_is_the_reference_rounded_once(folder: Path, reference: Any) -> None:
    weights = open_weights(folder)
    config = weights.config
    theirs = reference.state_dict()
    q_rows, kv_rows = config.n_heads * config.head_dim, config.n_kv_heads * config.head_dim

    def same(ours: torch.Tensor, name: str) -> None:
        assert torch.equal(ours, theirs[name].to(ours.dtype)), name

    same(weights.embed, "model.embed_tokens.weight")
    same(weights.head, "lm_head.weight")
    same(weights.final_norm, "model.norm.weight")
    for i, layer in enumerate(weights.layers):
        at = f"model.layers.{i}."
        assert layer.qkv_bias is not None
        split = [q_rows, kv_rows, kv_rows]
        matrices, biases = torch.split(layer.qkv, split), torch.split(layer.qkv_bias, split)
        parts = zip("qkv", matrices, biases, strict=True)
        for letter, matrix, bias in parts:
            same(matrix, f"{at}self_attn.{letter}_proj.weight")
            same(bias, f"{at}self_attn.{letter}_proj.bias")
        same(layer.out, at + "self_attn.o_proj.weight")
        gate, up = layer.gate_up.chunk(2)
        same(gate, at + "mlp.gate_proj.weight")
        same(up, at + "mlp.up_proj.weight")
        same(layer.down, at + "mlp.down_proj.weight")
        same(layer.attn_norm, at + "input_layernorm.weight")
        same(layer.ffn_norm, at + "post_attention_layernorm.weight")


def test_float32_logits_and_64_greedy_tokens_equal_transformers(
    folder: Path, reference: Any
) -> None:
    with torch.no_grad():
        for parameter in reference.parameters():
            if parameter.ndim == 2:
                # The converted matrices are bf16; both sides must compute with the same ones.
                parameter.copy_(parameter.bfloat16())
    decoder = DenseDecoder(open_weights(folder, dtype=torch.float32), 1024)
    tokenizer = Tokenizer.load(folder)
    family = detect_family(decoder.config.architecture, tokenizer)
    builder = PromptBuilder(family, tokenizer, decoder.config.eos_id)
    prompt = list(builder.build(Infill(PREFIX, SUFFIX), Budget(), 512).token_ids)
    with torch.inference_mode():
        out = reference(torch.tensor([prompt]), use_cache=True)
    cache = decoder.new_cache(len(prompt) + 64)
    ours = decoder.forward([Segment(prompt, cache)], all_logits=True)
    assert float((ours - out.logits[0]).norm() / out.logits[0].norm()) < 1e-4

    expected, actual = [int(out.logits[0, -1].argmax())], [int(ours[-1].argmax())]
    for _ in range(63):
        with torch.inference_mode():
            out = reference(
                torch.tensor([expected[-1:]]), past_key_values=out.past_key_values, use_cache=True
            )
        expected.append(int(out.logits[0, -1].argmax()))
        actual.append(int(decoder.forward([Segment(actual[-1:], cache)])[0].argmax()))
    assert actual == expected
