"""What the operations of one decode step share: the stream they change and the places they use.

A step runs B sequences of T new tokens each; row m of every [M, ...] tensor is token m % T of
sequence m // T. An operation is a method of `StepOperations`; `kernels.step_reference` defines them
in plain torch and `kernels.gpu.fused_step` runs them in one launch each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor

from kernels.quantized_reference import Weight

# Where a sequence's positions lie in the pool: side by side, or each where a tensor [S] says.
Slots = slice | Tensor

# What enters a matmul of the step is stored as this many times its value, in float16 on a GPU:
# float16 keeps eight times the precision of bfloat16 but ends at 65,504, which the stream of a real
# model nears before it is normalised (18,600 in Qwen2.5-Coder-1.5B). So it may reach 262,000, and
# what lies below 1e-7 is lost beside a stream whose smallest rows are of 1e-3.
ACTIVATION_SCALE = 1 / 4


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes that every layer shares. D is even; H is a multiple of G."""

    H: int
    G: int
    D: int
    C: int
    F: int
    rms_eps: float


@dataclass(frozen=True, slots=True)
class Places:
    """Where the new tokens sit: all on the device, so that one captured graph serves any length.

    Shapes: starts [B] int32, the cached tokens of each sequence; bases [B] int64, where in the pool
    its positions begin; cos and sin [positions, D / 2] float32; pages [B, pages] int32 or None.
    With pages, position p of sequence b lies at `pages[b, p // page_size] * page_size +
    p % page_size` of the pool and the bases say nothing; page_size is a power of two, 16 at least.
    """

    starts: Tensor
    bases: Tensor
    cos: Tensor
    sin: Tensor
    n_new: int
    room: int
    pages: Tensor | None = None
    page_size: int = 0

    @property
    def n_rows(self) -> int:
        """B * T."""
        return self.starts.shape[0] * self.n_new


@dataclass(frozen=True, slots=True)
class LayerCache:
    """One layer of the pool.

    A pool of 8 bits (int8 or float8_e4m3fn) has a scale for each position of each head. Keys and
    values have the same strides, of which only the last is fixed, to 1: heads may lie one behind
    the other or side by side.

    Shapes: keys and values [G, positions, D], their scales [G, positions] float32 or None.
    """

    keys: Tensor
    values: Tensor
    key_scales: Tensor | None = None
    value_scales: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Draws:
    """How the next token of each sequence is drawn; a temperature of 0 takes the best.

    Shapes: temperatures and top_ps [B] float32, seeds [B] int64.
    """

    temperatures: Tensor
    top_ps: Tensor
    seeds: Tensor


@dataclass(slots=True)
class Stream:
    """The residual stream and what the next matmul needs to normalise it.

    The next matmul multiplies `x`, the stream times the norm's weight, and scales its own result by
    the stream's root mean square, for which `squares` holds sums of squares by blocks of columns:
    so no launch is spent on a norm, which needs the whole row before it can scale any of it.

    Shapes: residual [M, C] float32, x [M, C] (`ACTIVATION_SCALE` times its value), squares
    [parts, M] float32.
    """

    residual: Tensor
    x: Tensor
    squares: Tensor

    def row(self, m: int) -> Stream:
        """One token's stream alone."""
        own = slice(m, m + 1)
        return Stream(self.residual[own], self.x[own], self.squares[:, own].contiguous())


@dataclass(frozen=True, slots=True)
class Projection:
    """A matmul's weight, its rows in natural or in paired order (`kernels.paired_rows`).

    `n_pairs` is 0 for natural order. The bias [N] float32 is always in natural order.
    """

    weight: Weight
    bias: Tensor | None = None
    n_pairs: int = 0

    @property
    def n_rows(self) -> int:
        """N."""
        return self.weight.shape[0] if isinstance(self.weight, Tensor) else self.weight.n_rows


class StepOperations(Protocol):
    """The decode step's operations; `kernels.step_reference.PlainStep` says what each computes."""

    def start(self, token_ids: Tensor, table: Tensor, norm: Tensor) -> Stream:
        """Looks the tokens up and begins the residual stream."""
        ...

    def qkv(
        self,
        stream: Stream,
        projection: Projection,
        shape: Shape,
        places: Places,
        cache: LayerCache,
    ) -> Tensor:
        """Normalises, projects, rotates, and writes keys and values into the cache."""
        ...

    def attend(self, query: Tensor, places: Places, cache: LayerCache) -> Tensor:
        """Attends over the cache."""
        ...

    def attend_many(self, query: Tensor, start: int, slots: Slots, cache: LayerCache) -> Tensor:
        """Attends for many tokens of one sequence, whose place the host knows."""
        ...

    def add(self, stream: Stream, x: Tensor, projection: Projection, norm: Tensor) -> None:
        """Projects back into the stream and prepares the norm that follows."""
        ...

    def gate_up(self, stream: Stream, projection: Projection, shape: Shape) -> Tensor:
        """Normalises, projects and gates."""
        ...

    def choose(
        self,
        stream: Stream,
        projection: Projection,
        shape: Shape,
        token_ids: Tensor | None,
        starts: Tensor | None,
        draws: Draws | None,
    ) -> tuple[Tensor, Tensor]:
        """Normalises, scores the vocabulary and takes the best token of every row, or draws it."""
        ...
