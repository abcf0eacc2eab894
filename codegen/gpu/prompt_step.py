"""A piece of a prompt through all layers, as one graph between each attention and the next.

Attention over a cached prefix is the vendor's, whose launch depends on lengths that only the host
knows; everything else is the same for every piece of a size. Launched one by one, the kernels of a
prompt of 512 tokens took the host 26 ms where the device needs 15.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from codegen.gpu.packed_weights import PackedWeights
from codegen.gpu.pool import Pool
from codegen.gpu.step import StepInputs, capture_stream
from kernels.cache_reference import slots_of
from kernels.step import Slots, StepOperations, Stream


class CapturedPrompt:
    """A pass of T tokens of one sequence; CUDA graphs where there is a CUDA device."""

    def __init__(
        self,
        operations: StepOperations,
        weights: PackedWeights,
        pool: Pool,
        rope: tuple[Tensor, Tensor],
        n_new: int,
    ) -> None:
        """Compiles the kernels, then captures the stretches between attentions."""
        device, config = weights.embed.device, weights.config
        self.inputs = StepInputs(1, n_new, pool, device)
        self._operations, self._weights, self._pool = operations, weights, pool
        self._places = self.inputs.places(pool, rope, is_long=True)
        dtype = torch.float16 if device.type == "cuda" else torch.float32
        width = config.n_heads * config.head_dim
        self._mixed = torch.zeros(n_new, width, dtype=dtype, device=device)
        self._queries: list[Tensor] = [self._mixed] * config.n_layers
        self._stream: Stream | None = None
        stretches = [self._begin, *(self._stretch(i) for i in range(config.n_layers))]
        self._stretches: list[Callable[[], None]] = stretches
        if device.type == "cuda":
            self._stretches = _captured(stretches, device)

    def run(self, n_tokens: int, start: int, base: int, checkpoint: Callable[[], None]) -> Stream:
        """Runs on what the inputs hold, of which the first n_tokens count.

        Returns the stream after the last of them, overwritten by the next run.
        """
        slots: Slots = slice(base, base + start + n_tokens)
        if self._places.pages is not None:
            slots = slots_of(self._places, 0, base, start + n_tokens)
        for i in range(len(self._queries)):
            checkpoint()
            self._stretches[i]()
            query, cache = self._queries[i][:n_tokens], self._pool.layer(i)
            self._mixed[:n_tokens] = self._operations.attend_many(query, start, slots, cache)
        self._stretches[-1]()
        assert self._stream is not None
        return self._stream.row(n_tokens - 1)

    def _begin(self) -> None:
        weights = self._weights
        norm = weights.layers[0].attn_norm
        self._stream = self._operations.start(self.inputs.token_ids, weights.embed, norm)
        self._query(0)

    def _stretch(self, i: int) -> Callable[[], None]:
        """From the attention of layer i to that of the next."""

        def run() -> None:
            operations, weights, stream = self._operations, self._weights, self._stream
            assert stream is not None
            layer, is_last = weights.layers[i], i + 1 == len(weights.layers)
            operations.add(stream, self._mixed, layer.out, layer.ffn_norm)
            hidden = operations.gate_up(stream, layer.gate_up, weights.shape)
            norm = weights.final_norm if is_last else weights.layers[i + 1].attn_norm
            operations.add(stream, hidden, layer.down, norm)
            if not is_last:
                self._query(i + 1)

        return run

    def _query(self, i: int) -> None:
        assert self._stream is not None
        qkv, cache = self._weights.layers[i].qkv, self._pool.layer(i)
        self._queries[i] = self._operations.qkv(
            self._stream, qkv, self._weights.shape, self._places, cache
        )


def _captured(
    stretches: list[Callable[[], None]], device: torch.device
) -> list[Callable[[], None]]:
    stream = capture_stream(device)
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for stretch in stretches:
            stretch()
    torch.cuda.current_stream().wait_stream(stream)
    graphs: list[torch.cuda.CUDAGraph] = []
    for stretch in stretches:
        graph = torch.cuda.CUDAGraph()
        # One pool: a stretch reads what the one before it left.
        with torch.cuda.graph(graph, pool=graphs[0].pool() if graphs else None, stream=stream):
            stretch()
        graphs.append(graph)
    return [graph.replay for graph in graphs]
