"""What others take for one step of the same shapes on the same device, at the same context.

Their weights are random as ours are. "tinygemm" is a decoder of plain torch with torch's own 4-bit
matmul, compiled and in a CUDA graph; "bitsandbytes" is what a user of transformers gets: `generate`
with NF4 weights.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from codegen.errors import LeadsmanError
from codegen.gpu.measure import CONTEXT, Measurement, device_ms
from codegen.gpu.plain_step import CACHE_TOKENS, SPREAD, Linear, MakeLinear, PlainStep
from codegen.model_config import ModelConfig

_GROUP_SIZE = 128
_N_SHORT, _N_LONG = 8, 72


def measure_peer(peer: str, name: str, config: ModelConfig) -> list[Measurement]:
    """Decoding of one sequence by a peer of `PEERS`.

    Raises:
        LeadsmanError: the peer is not installed.
    """
    torch.manual_seed(0)
    with torch.no_grad():
        return PEERS[peer](name, config)


def _tinygemm(name: str, config: ModelConfig) -> list[Measurement]:
    device = torch.device("cuda")
    ms = _compiled_ms(PlainStep(config, _int4_linear(device), device), device)
    label = f"{name} int4, compiled by torch with tinygemm"
    return [
        Measurement(f"{label}, step of 1", ms, "ms"),
        Measurement(f"{label}, decode, device", 1e3 / ms, "tok/s"),
    ]


def _int4_linear(device: torch.device) -> MakeLinear:
    aten: Any = torch.ops.aten

    def make(N: int, K: int) -> Linear:
        codes = torch.randint(0, 255, (N, K // 2), dtype=torch.uint8, device=device)
        packed = aten._convert_weight_to_int4pack(codes, 8)
        scales = torch.rand(K // _GROUP_SIZE, N, 2, dtype=torch.bfloat16, device=device) * 1e-3

        def linear(x: Tensor) -> Tensor:
            product: Tensor = aten._weight_int4pack_mm(x, packed, _GROUP_SIZE, scales)
            return product

        return linear

    return make


def _compiled_ms(step: PlainStep, device: torch.device) -> float:
    token_id, position = (torch.tensor([n], device=device) for n in (5, CONTEXT))
    mask = (torch.arange(CACHE_TOKENS, device=device) <= CONTEXT)[None, None, None]
    compiled = torch.compile(step.__call__, fullgraph=True)
    for _ in range(3):
        compiled(token_id, position, mask)
    torch.cuda.synchronize()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        compiled(token_id, position, mask)
    return device_ms(graph.replay)


def _bitsandbytes(name: str, config: ModelConfig) -> list[Measurement]:
    model = nf4_model(config, torch.device("cuda"))
    prompt = torch.randint(0, config.vocab, (1, CONTEXT), device="cuda")

    def seconds(n: int) -> float:
        torch.cuda.synchronize()
        started = time.perf_counter()
        model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=n,
            min_new_tokens=n,
            do_sample=False,
            pad_token_id=0,
        )
        torch.cuda.synchronize()
        return time.perf_counter() - started

    seconds(_N_SHORT)
    rate = (_N_LONG - _N_SHORT) / (seconds(_N_LONG) - seconds(_N_SHORT))
    return [Measurement(f"{name} nf4, transformers with bitsandbytes, decode", rate, "tok/s")]


def nf4_model(config: ModelConfig, device: torch.device) -> Any:
    """A llama of transformers with random NF4 weights, its head in bfloat16.

    Raises:
        LeadsmanError: a package is missing.
    """
    try:
        bnb: Any = importlib.import_module("bitsandbytes")
        transformers: Any = importlib.import_module("transformers")
    except ImportError as error:
        raise LeadsmanError(
            f"the peer needs transformers and bitsandbytes ({error}); install "
            "leadsman[transformers], or leave the peer out"
        ) from error
    theirs = transformers.LlamaConfig(
        vocab_size=config.vocab,
        hidden_size=config.hidden,
        intermediate_size=config.ffn,
        num_hidden_layers=config.n_layers,
        num_attention_heads=config.n_heads,
        num_key_value_heads=config.n_kv_heads,
        head_dim=config.head_dim,
        max_position_embeddings=config.max_positions,
        rms_norm_eps=config.rms_eps,
        rope_theta=config.rope_theta,
    )
    with torch.device("meta"):
        model = transformers.LlamaForCausalLM(theirs).to(torch.bfloat16)
    for owner in list(model.modules()):
        for key, child in list(owner.named_children()):
            if isinstance(child, nn.Linear) and key != "lm_head":
                K, N = child.in_features, child.out_features
                made = bnb.nn.Linear4bit(
                    K, N, bias=False, compute_dtype=torch.bfloat16, quant_type="nf4", device="meta"
                )
                weight = torch.randn(N, K, dtype=torch.bfloat16, device=device) * SPREAD
                made.weight = bnb.nn.Params4bit(weight, requires_grad=False, quant_type="nf4").to(
                    device
                )
                setattr(owner, key, made)
    for owner in model.modules():
        for key, parameter in list(owner.named_parameters(recurse=False)):
            if parameter.device.type == "meta":
                values = torch.randn(parameter.shape, dtype=torch.bfloat16, device=device)
                setattr(owner, key, nn.Parameter(values * SPREAD, requires_grad=False))
    # Its table is no parameter, and was made without numbers.
    with device:
        model.model.rotary_emb = type(model.model.rotary_emb)(config=theirs)
    return model.eval()


PEERS: dict[str, Callable[[str, ModelConfig], list[Measurement]]] = {
    "tinygemm": _tinygemm,
    "bitsandbytes": _bitsandbytes,
}
