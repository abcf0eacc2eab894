"""The decode step's operations in plain torch: the definition the fused kernels are tested against.

With another `linear` and `attention` the same code is the unfused step that the bench compares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from kernels import reference
from kernels.cache_reference import new_slots, read_cache, slots_of, write_cache
from kernels.paired_rows import natural_rows
from kernels.quantized_reference import Weight, packed_linear
from kernels.step import (
    ACTIVATION_SCALE,
    Draws,
    LayerCache,
    Places,
    Projection,
    Shape,
    Slots,
    Stream,
)

Linear = Callable[[Tensor, Weight], Tensor]


def linear(x: Tensor, weight: Weight) -> Tensor:
    """`x @ weight.T` for a weight of any format. Shapes: x [M, K] -> [M, N] in the dtype of x."""
    if isinstance(weight, Tensor):
        return reference.linear(x, weight)
    return packed_linear(x, weight)


def drawn(logits: Tensor, draws: Draws, starts: Tensor) -> Tensor:
    """A token for each row. Shapes: logits [M, V], starts [M] -> [M] int64."""
    tokens: list[int] = []
    rows = zip(
        logits.cpu(),
        draws.temperatures.tolist(),
        draws.top_ps.tolist(),
        draws.seeds.tolist(),
        starts.tolist(),
        strict=True,
    )
    for row, temperature, top_p, seed, start in rows:
        # A place of its own for every seed and position, far from those of other seeds.
        generator = torch.Generator().manual_seed((seed * 1_000_003 + start) % (1 << 63))
        if bool(row.isinf().all()):
            tokens.append(0)
        else:
            tokens.append(reference.sample(row, temperature, top_p, generator))
    return torch.tensor(tokens, device=logits.device)


@dataclass(frozen=True, slots=True)
class PlainStep:
    """Every operation of the step as its own formula; `dtype` is that of the activations.

    What enters a matmul is `ACTIVATION_SCALE` times its value, a power of two, which changes no
    number of float32.
    """

    linear: Linear = linear
    dtype: torch.dtype = torch.float16

    def start(self, token_ids: Tensor, table: Tensor, norm: Tensor) -> Stream:
        """Looks the tokens up and begins the residual stream; an id below 0 counts as 0.

        Shapes: token_ids [M] int64, table [V, C], norm [C].
        """
        return self._stream(reference.embed(token_ids.clamp_min(0), table), norm)

    def qkv(
        self,
        stream: Stream,
        projection: Projection,
        shape: Shape,
        places: Places,
        cache: LayerCache,
    ) -> Tensor:
        """Normalises, projects, rotates, and writes keys and values into the cache.

        Shapes: -> query [M, H, D] in the cache's dtype.
        """
        H, G, D = shape.H, shape.G, shape.D
        qkv = self._project(self._normed(stream, shape), projection).float()
        if projection.bias is not None:
            qkv = qkv + projection.bias
        q, k, v = torch.split(qkv.view(-1, H + 2 * G, D), [H, G, G], dim=1)
        steps = torch.arange(places.n_new, device=qkv.device)
        positions = (places.starts[:, None] + steps).flatten()  # [M]
        slots = new_slots(places)
        cos, sin = places.cos[positions], places.sin[positions]
        write_cache(cache, slots, reference.apply_rope(k, cos, sin), v)
        dtype = cache.keys.dtype if cache.key_scales is None else self.dtype
        return reference.apply_rope(q, cos, sin).to(dtype)

    def attend(self, query: Tensor, places: Places, cache: LayerCache) -> Tensor:
        """Causal attention of each sequence's new tokens over its own positions.

        Shapes: query [M, H, D] -> [M, H * D] in the activations' dtype.
        """
        T = places.n_new
        mixed = torch.empty_like(query)
        for b, (start, base) in enumerate(
            zip(places.starts.tolist(), places.bases.tolist(), strict=True)
        ):
            rows = slice(b * T, (b + 1) * T)
            slots = slots_of(places, b, base, start + T)
            mixed[rows] = reference.attention(query[rows], *read_cache(cache, slots))
        return (mixed.flatten(1).float() * ACTIVATION_SCALE).to(self.dtype)

    def attend_many(self, query: Tensor, start: int, slots: Slots, cache: LayerCache) -> Tensor:
        """Causal attention of one sequence's tokens, whose place the host knows.

        Shapes: query [T, H, D], slots of start + T positions -> [T, H * D] in the activations'
        dtype.
        """
        out = reference.attention(query, *read_cache(cache, slots))
        return (out.flatten(1).float() * ACTIVATION_SCALE).to(self.dtype)

    def add(self, stream: Stream, x: Tensor, projection: Projection, norm: Tensor) -> None:
        """Projects back into the stream and prepares the norm that follows.

        Shapes: x [M, K], norm [C].
        """
        update = self._project(x, projection).float() / ACTIVATION_SCALE
        ready = self._stream(stream.residual + update, norm)
        stream.residual, stream.x, stream.squares = ready.residual, ready.x, ready.squares

    def gate_up(self, stream: Stream, projection: Projection, shape: Shape) -> Tensor:
        """Normalises, projects and gates. Shapes: -> [M, F] in the activations' dtype."""
        gated = reference.swiglu(self._project(self._normed(stream, shape), projection))
        return gated * ACTIVATION_SCALE

    def choose(
        self,
        stream: Stream,
        projection: Projection,
        shape: Shape,
        token_ids: Tensor | None = None,
        starts: Tensor | None = None,
        draws: Draws | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Normalises, scores the vocabulary and takes the best token of every row, or draws it.

        The lowest id wins among equals, and -1 stands for a row that holds no number. With
        token_ids [M] and starts [M], the tokens chosen become the next step's input and each
        sequence moves on by one. With draws too, a row's seed and start decide its draw from the
        distribution of `kernels.reference.sample`: another path may draw another token of it.

        Shapes: -> logits [M, V] float32, chosen [M] int64.
        """
        logits = self._project(self._normed(stream, shape), projection).float()
        best = logits.nan_to_num(nan=-torch.inf).argmax(-1)
        if draws is not None and starts is not None:
            best = drawn(logits.nan_to_num(nan=-torch.inf), draws, starts)
        chosen = torch.where(logits.isnan().all(-1), -1, best)
        if token_ids is not None and starts is not None:
            token_ids.copy_(chosen)
            starts += 1
        return logits, chosen

    def _stream(self, residual: Tensor, norm: Tensor) -> Stream:
        x = (residual * norm.float() * ACTIVATION_SCALE).to(self.dtype)
        return Stream(residual, x, residual.square().sum(-1)[None])

    def _normed(self, stream: Stream, shape: Shape) -> Tensor:
        mean = stream.squares.sum(0)[:, None] / shape.C
        scale = torch.rsqrt(mean + shape.rms_eps) / ACTIVATION_SCALE
        return (stream.x.float() * scale).to(self.dtype)

    def _project(self, x: Tensor, projection: Projection) -> Tensor:
        y = self.linear(x, projection.weight)
        if projection.n_pairs:
            y = natural_rows(y.T, projection.n_pairs).T
        return y
