"""What a step, a prompt and a stream of tokens cost on the GPU, on random weights."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch

from codegen.decoder import Segment
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.packed_weights import Format, PackedWeights
from codegen.model_config import ModelConfig
from kernels import ops
from kernels.step import Projection

CONTEXT = 600
ROOM = 8192
N_REPEATS = 20
N_FOLLOWED = 200


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number and its unit: "ms" or "tok/s"."""

    name: str
    value: float
    unit: str


def shapes(name: str) -> ModelConfig:
    """The published shapes of a model, for weights without meaning.

    Raises:
        ValueError: a name that is not "6.7b", "1.5b" or "0.5b".
    """
    sizes = {
        "6.7b": ("llama", 32, 4096, 11008, 32, 32, 128, 32256),
        "1.5b": ("qwen2", 28, 1536, 8960, 12, 2, 128, 151936),
        "0.5b": ("qwen2", 24, 896, 4864, 14, 2, 64, 151936),
    }
    if name not in sizes:
        raise ValueError(f"no shapes for {name!r}; there are {', '.join(sizes)}")
    architecture, n_layers, hidden, ffn, n_heads, n_kv_heads, head_dim, vocab = sizes[name]
    is_qwen = architecture == "qwen2"
    return ModelConfig(
        architecture="qwen2" if is_qwen else "llama",
        name=f"shapes of {name}",
        n_layers=n_layers,
        hidden=hidden,
        ffn=ffn,
        n_heads=n_heads,
        n_kv_heads=n_kv_heads,
        head_dim=head_dim,
        vocab=vocab,
        max_positions=16_384,
        rms_eps=1e-6,
        rope_theta=1e5,
        rope_scaling=1.0,
        qkv_bias=is_qwen,
        tied_head=is_qwen,
        eos_id=None,
    )


class Bench:
    """Measures one decoder; every step has the same cached length before it."""

    def __init__(self, weights: PackedWeights) -> None:
        """Reserves a cache of `ROOM` tokens."""
        self.decoder = GpuDecoder(weights, ROOM)
        self._cache = self.decoder.new_cache(ROOM - 64)
        # Contents are whatever the pool holds: attention's time does not depend on them.

    def step_ms(self, n_new: int) -> float:
        """The device's time for one step of so many tokens, out of its captured graph."""
        self._cache.length = CONTEXT
        step = self.decoder.filled([Segment([5] * n_new, self._cache)], n_new)

        def run() -> None:
            step.inputs.starts.fill_(CONTEXT)
            step.run()

        with torch.inference_mode():
            return device_ms(run)

    def first_token_ms(self, cached: int, new: int) -> float:
        """From token ids on the host to the first token on the host."""
        times: list[float] = []
        for _ in range(N_REPEATS // 2 + 2):
            self._cache.length = cached
            torch.cuda.synchronize()
            started = time.perf_counter()
            best = self.decoder.score([Segment(list(range(new)), self._cache)]).best
            assert best is not None
            best.tolist()
            times.append((time.perf_counter() - started) * 1e3)
        return statistics.median(times[2:])

    def followed_per_second(self) -> float:
        """Tokens a second as the engine reads them, the host's part included."""
        self._cache.length = CONTEXT
        tokens = self.decoder.follow(self._cache, 7)
        for _ in range(20):
            next(tokens)
        started = time.perf_counter()
        for _ in range(N_FOLLOWED):
            next(tokens)
        return N_FOLLOWED / (time.perf_counter() - started)


def measure_model(name: str, kind: Format, weights: PackedWeights) -> list[Measurement]:
    """Decoding, steps of several tokens, prompts."""
    bench = Bench(weights)
    label = f"{name} {kind}"
    steps = {n: bench.step_ms(n) for n in (1, 2, 4, 8, 16, 32)}
    found = [Measurement(f"{label}, step of {n}", ms, "ms") for n, ms in steps.items()]
    found += [
        Measurement(f"{label}, step of 8 over step of 1", steps[8] / steps[1], "x"),
        Measurement(f"{label}, decode, device", 1e3 / steps[1], "tok/s"),
        Measurement(f"{label}, decode, as read", bench.followed_per_second(), "tok/s"),
    ]
    prompt = bench.first_token_ms(0, 512)
    return [
        *found,
        Measurement(f"{label}, prompt of 512", 512e3 / prompt, "tok/s"),
        Measurement(f"{label}, first token, 3584 cached and 512 new", _first(bench, 512), "ms"),
        Measurement(f"{label}, first token, 3584 cached and 32 new", _first(bench, 32), "ms"),
    ]


def measure_fusion(name: str, weights: PackedWeights) -> list[Measurement]:
    """The step with nothing fused, and as torch compiles it, in a graph as the fused one is."""
    bench = Bench(in_natural_order(weights))
    found: list[Measurement] = []
    for how in ("unfused", "compiled by torch"):
        bench.decoder.use(ops.unfused_step(compiled=how != "unfused"))
        label = f"{name} {weights.kind}, step of 1, {how}"
        found.append(Measurement(label, bench.step_ms(1), "ms"))
    return found


def in_natural_order(weights: PackedWeights) -> PackedWeights:
    """Takes the rows as they lie: for random weights one order is as good as another."""

    def plain(projection: Projection) -> Projection:
        return replace(projection, n_pairs=0)

    layers = tuple(
        replace(
            layer,
            qkv=plain(layer.qkv),
            out=plain(layer.out),
            gate_up=plain(layer.gate_up),
            down=plain(layer.down),
        )
        for layer in weights.layers
    )
    return replace(weights, layers=layers)


def device_ms(run: Callable[[], None]) -> float:
    """The median time between events around a call."""
    times: list[float] = []
    for _ in range(N_REPEATS + 3):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))  # type: ignore[no-untyped-call]
        start.record()
        run()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times[3:])


def _first(bench: Bench, new: int) -> float:
    return bench.first_token_ms(3584, new)
