"""The dense decoder: Llama and Qwen2, one forward pass over any number of sequences.

The tokens of all sequences lie end to end in one [T, C] tensor, so that every matmul reads its
weights once for the whole batch and nothing is padded; only attention goes sequence by sequence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from codegen.engine import Sampling
from codegen.kv_cache import KvCache, SequenceCache
from codegen.loading.weights import DenseWeights, LayerWeights
from codegen.model_config import ModelConfig
from kernels import ops


@dataclass(frozen=True, slots=True)
class Segment:
    """The new tokens of one sequence and the cache that they extend."""

    token_ids: Sequence[int]
    cache: SequenceCache


@dataclass(frozen=True, slots=True)
class Lead:
    """A sequence that a decoder may take on by itself: its last token, and how to choose others."""

    cache: SequenceCache
    token_id: int
    sampling: Sampling = field(default_factory=Sampling)


@dataclass(frozen=True, slots=True)
class Scores:
    """What comes next for each sequence of a pass.

    Shapes: logits [B, V] float32; best [B] int64, the largest logit's token or -1 where a row holds
    no number, or None where the decoder leaves that to the reader.
    """

    logits: Tensor
    best: Tensor | None = None


class Decoder(Protocol):
    """What the engine asks of a decoder, on whichever device."""

    @property
    def config(self) -> ModelConfig | None:
        """The model's shape; None where transformers knows it alone."""
        ...

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        ...

    @property
    def context_tokens(self) -> int:
        """The most tokens of one sequence."""
        ...

    @property
    def weights_name(self) -> str:
        """The format of the weights, for reports."""
        ...

    def new_cache(self, capacity: int) -> SequenceCache:
        """An empty cache for one sequence."""
        ...

    def warm_up(self) -> None:
        """Does before the first request what would make that one slow."""
        ...

    def score(self, segments: Sequence[Segment], *, checkpoint: Callable[[], None] = ...) -> Scores:
        """Extends each sequence by its tokens and scores what comes next."""
        ...

    def verify(self, cache: SequenceCache, token_ids: Sequence[int]) -> list[int]:
        """The best token after each of some, or -1 where a row holds no number.

        The cache counts all of them; `truncate` takes back those that the caller does not accept.
        """
        ...

    def follow(self, cache: SequenceCache, token_id: int) -> Iterator[int] | None:
        """The best tokens after `token_id`, one by one, computed ahead of the reader.

        The cache grows with what was read. None where the decoder cannot run ahead.
        """
        ...

    def follow_all(self, leads: Sequence[Lead]) -> Iterator[list[int]] | None:
        """As `follow`, a token for each of several sequences at a time, chosen or drawn.

        It ends when one of the caches is full. None where the decoder cannot run ahead, or not
        with so many.
        """
        ...


class DenseDecoder:
    """Runs the transformer over mapped weights; holds no state of any sequence."""

    def __init__(self, weights: DenseWeights, context_tokens: int) -> None:
        """Prepares the rotary tables for `context_tokens` positions."""
        config = weights.config
        self.config = config
        self.weights = weights
        self.context_tokens = min(context_tokens, config.max_positions)
        self.dtype = weights.layers[0].qkv.dtype
        self.device = weights.embed.device
        # Qwen's key biases reach hundreds, so that keys rounded to bf16 cost more accuracy than
        # all matmuls together; in float32 the cache of a small model is still small.
        self._cache_dtype = torch.float32 if self.device.type == "cpu" else self.dtype
        self._cos, self._sin = ops.rope_table(
            self.context_tokens,
            config.head_dim,
            config.rope_theta,
            config.rope_scaling,
            self.device,
        )

    def new_cache(self, capacity: int) -> KvCache:
        """An empty cache for one sequence, on the decoder's device."""
        return KvCache(self.config, capacity, self._cache_dtype, self.device)

    @property
    def weights_name(self) -> str:
        """The format of the weights, for reports."""
        return str(self.dtype).removeprefix("torch.")

    def warm_up(self) -> None:
        """Runs one token, so that the first request finds the weights in memory."""
        self.forward([Segment((0,), self.new_cache(1))])

    def score(
        self, segments: Sequence[Segment], *, checkpoint: Callable[[], None] = lambda: None
    ) -> Scores:
        """As `forward`, for the engine."""
        return Scores(self.forward(segments, checkpoint=checkpoint))

    def verify(self, cache: SequenceCache, token_ids: Sequence[int]) -> list[int]:
        """The best token after each of some, in one pass."""
        logits = self.forward([Segment(token_ids, cache)], all_logits=True)
        best = logits.argmax(dim=-1)
        return [int(i) for i in best.where(logits.isfinite().any(dim=-1), -1).tolist()]

    def follow(self, cache: SequenceCache, token_id: int) -> None:
        """The CPU computes and reads in one thread: nothing runs ahead."""
        return

    def follow_all(self, leads: Sequence[Lead]) -> None:
        """As `follow`."""
        return

    @torch.inference_mode()
    def forward(
        self,
        segments: Sequence[Segment],
        *,
        all_logits: bool = False,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> Tensor:
        """Extends each sequence by its tokens and scores what comes next.

        Args:
            segments: one entry per sequence, each with at least one token.
            all_logits: scores after every token instead of the last of each sequence.
            checkpoint: called before every layer; what it raises leaves the caches as they were.

        Shapes: -> logits [len(segments), V] float32, or [T, V] with all_logits.
        """
        lengths = [len(segment.token_ids) for segment in segments]
        token_ids = torch.tensor(
            [t for segment in segments for t in segment.token_ids], device=self.device
        )
        positions = torch.cat(
            [
                torch.arange(s.cache.length, s.cache.length + n, device=self.device)
                for s, n in zip(segments, lengths, strict=True)
            ]
        )
        cos, sin = self._cos[positions], self._sin[positions]  # [T, D / 2]
        residual = ops.embed(token_ids, self.weights.embed)  # [T, C]
        update: Tensor | None = None
        for i, layer in enumerate(self.weights.layers):
            checkpoint()
            residual, update = self._layer(i, layer, residual, update, segments, cos, sin)
        if not all_logits:
            last = torch.tensor(lengths, device=self.device).cumsum(0) - 1
            assert update is not None
            residual, update = residual[last], update[last]  # [len(segments), C]
        eps = self.config.rms_eps
        _, x = ops.add_rms_norm(residual, update, self.weights.final_norm, eps, torch.float32)
        logits = ops.head(x, self.weights.head)
        for segment, n in zip(segments, lengths, strict=True):
            segment.cache.advance(n)
        return logits

    def _layer(
        self,
        index: int,
        layer: LayerWeights,
        residual: Tensor,
        update: Tensor | None,
        segments: Sequence[Segment],
        cos: Tensor,
        sin: Tensor,
    ) -> tuple[Tensor, Tensor]:
        config = self.config
        residual, x = ops.add_rms_norm(
            residual, update, layer.attn_norm, config.rms_eps, self.dtype
        )
        q, k, v = self._qkv(x, layer, cos, sin)
        mixed = torch.empty_like(q)
        at = 0
        for segment in segments:
            end = at + len(segment.token_ids)
            assert isinstance(segment.cache, KvCache), "a cache of another decoder"
            keys, values = segment.cache.append(index, k[at:end], v[at:end])
            mixed[at:end] = ops.attention(q[at:end], keys, values)
            at = end
        update = ops.linear(mixed.flatten(1).to(self.dtype), layer.out)
        residual, x = ops.add_rms_norm(residual, update, layer.ffn_norm, config.rms_eps, self.dtype)
        return residual, ops.linear(ops.swiglu(ops.linear(x, layer.gate_up)), layer.down)

    def _qkv(
        self, x: Tensor, layer: LayerWeights, cos: Tensor, sin: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        config = self.config
        H, G, D = config.n_heads, config.n_kv_heads, config.head_dim
        qkv = ops.linear(x, layer.qkv)
        if layer.qkv_bias is not None:
            # Qwen's key biases reach hundreds; added in bf16 they would swallow the product.
            qkv = qkv.float() + layer.qkv_bias
        q, k, v = torch.split(qkv.view(-1, H + 2 * G, D), [H, G, G], dim=1)
        q, k = ops.apply_rope(q, cos, sin), ops.apply_rope(k, cos, sin)
        return q.to(self._cache_dtype), k.to(self._cache_dtype), v.to(self._cache_dtype)
