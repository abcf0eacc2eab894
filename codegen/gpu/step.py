"""One pass through all layers, as operations of `kernels.step`, and its capture as a graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from codegen.engine import Sampling
from codegen.gpu.packed_weights import PackedLayer, PackedWeights
from codegen.gpu.pool import MARGIN, Pool
from kernels.step import Draws, LayerCache, Places, Shape, StepOperations, Stream

# Attention is cut for contexts up to this or for longer ones: what is fast for the one is slow for
# the other.
SHORT_ROOM = 8192

Attend = Callable[[Tensor, LayerCache], Tensor]


def run_layers(
    operations: StepOperations,
    weights: PackedWeights,
    pool: Pool,
    token_ids: Tensor,
    places: Places,
    attend: Attend,
    checkpoint: Callable[[], None] = lambda: None,
) -> Stream:
    """Takes tokens through every layer, up to the final norm.

    Shapes: token_ids [M] int64.
    """
    shape = weights.shape
    stream = operations.start(token_ids, weights.embed, weights.layers[0].attn_norm)
    following = [layer.attn_norm for layer in weights.layers[1:]] + [weights.final_norm]
    for i, (layer, norm) in enumerate(zip(weights.layers, following, strict=True)):
        checkpoint()
        run_layer(operations, layer, norm, shape, stream, places, pool.layer(i), attend)
    return stream


def run_layer(
    operations: StepOperations,
    layer: PackedLayer,
    following: Tensor,
    shape: Shape,
    stream: Stream,
    places: Places,
    cache: LayerCache,
    attend: Attend,
) -> None:
    """Takes the stream through one layer; `following` is the norm after it."""
    query = operations.qkv(stream, layer.qkv, shape, places, cache)
    operations.add(stream, attend(query, cache), layer.out, layer.ffn_norm)
    hidden = operations.gate_up(stream, layer.gate_up, shape)
    operations.add(stream, hidden, layer.down, following)


class StepInputs:
    """What the host tells a step, in one tensor so that one copy brings it.

    Shapes: data [B * T + 2 * B + B * W] int64: the tokens, then the cached lengths, then the bases,
    then page tables of width W.
    """

    def __init__(self, n_sequences: int, n_new: int, pool: Pool, device: torch.device) -> None:
        """All zeros: such a step reads and writes the pool's spare positions alone."""
        B, width = n_sequences, pool.table_width
        self.data = torch.zeros(B * (n_new + 2 + width), dtype=torch.int64, device=device)
        self.n_new = n_new
        at = B * n_new
        self.token_ids = self.data[:at]
        self.starts, self.bases = self.data[at : at + B], self.data[at + B : at + 2 * B]
        self.pages = self.data[at + 2 * B :].view(B, width) if width else None

    def places(self, pool: Pool, rope: tuple[Tensor, Tensor], *, is_long: bool) -> Places:
        """Where the tokens sit, as the operations want it.

        The room decides how attention is cut and not how far it reads.
        """
        room = min(pool.n_positions, len(rope[0])) - MARGIN
        return Places(
            self.starts,
            self.bases,
            *rope,
            self.n_new,
            room if is_long else min(room, SHORT_ROOM),
            self.pages,
            pool.page_size,
        )


@dataclass(frozen=True, slots=True)
class DrawInputs:
    """What the host tells a step that draws its tokens.

    Shapes: warmth [2, B] float32, temperatures and top_ps; seeds [B] int64.
    """

    warmth: Tensor
    seeds: Tensor

    @staticmethod
    def zeros(n_sequences: int, device: torch.device) -> DrawInputs:
        """Of no temperature, which takes the best token."""
        return DrawInputs(
            torch.zeros(2, n_sequences, device=device),
            torch.zeros(n_sequences, dtype=torch.int64, device=device),
        )

    def fill(self, samplings: Sequence[Sampling]) -> None:
        """Tells the first sequences how they draw; the others keep what they had."""
        n = len(samplings)
        warmth = [[s.temperature for s in samplings], [s.top_p for s in samplings]]
        self.warmth[:, :n].copy_(torch.tensor(warmth))
        self.seeds[:n].copy_(torch.tensor([s.seed % (1 << 62) for s in samplings]))

    def draws(self) -> Draws:
        """As the operations want it."""
        return Draws(self.warmth[0], self.warmth[1], self.seeds)


class CapturedStep:
    """A step of B sequences of T tokens; a CUDA graph where there is a CUDA device.

    With T = 1 the step leaves the tokens it chose and the lengths that follow in its own inputs, so
    that it can be replayed without the host.
    """

    def __init__(
        self,
        operations: StepOperations,
        weights: PackedWeights,
        pool: Pool,
        rope: tuple[Tensor, Tensor],
        n_sequences: int,
        n_new: int,
        *,
        drawn: bool = False,
        is_long: bool = False,
    ) -> None:
        """Compiles the kernels, then captures; with `drawn` sequences draw as they are told to."""
        device = weights.embed.device
        self.inputs = StepInputs(n_sequences, n_new, pool, device)
        self.draw_inputs = DrawInputs.zeros(n_sequences, device) if drawn else None
        self._operations, self._weights, self._pool = operations, weights, pool
        self._places = self.inputs.places(pool, rope, is_long=is_long)
        self._graph: torch.cuda.CUDAGraph | None = None
        if device.type == "cuda":
            # Counters belong to a stream: the warm-up makes those that the graph will use.
            stream = capture_stream(device)
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(2):
                    self._run()
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=stream):
                self.logits, self.chosen = self._run()
            self._graph = graph

    def run(self) -> tuple[Tensor, Tensor]:
        """One step on what the inputs hold.

        Shapes: -> logits [B * T, V] float32 and chosen [B * T] int64, overwritten by the next run.
        """
        if self._graph is None:
            self.logits, self.chosen = self._run()
        else:
            self._graph.replay()
        return self.logits, self.chosen

    def _run(self) -> tuple[Tensor, Tensor]:
        def attend(query: Tensor, cache: LayerCache) -> Tensor:
            return self._operations.attend(query, self._places, cache)

        inputs = self.inputs
        stream = run_layers(
            self._operations, self._weights, self._pool, inputs.token_ids, self._places, attend
        )
        fed = inputs.n_new == 1
        return self._operations.choose(
            stream,
            self._weights.head,
            self._weights.shape,
            inputs.token_ids if fed else None,
            inputs.starts if fed else None,
            None if self.draw_inputs is None else self.draw_inputs.draws(),
        )


_streams: dict[torch.device, torch.cuda.Stream] = {}


def capture_stream(device: torch.device) -> torch.cuda.Stream:
    """One stream for all captures, whose counters stay where every graph expects them."""
    if device not in _streams:
        _streams[device] = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
    return _streams[device]
