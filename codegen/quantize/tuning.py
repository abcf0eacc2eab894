"""Tunes the scales and norms of packed weights until the whole model predicts as its source does.

Rounding looks at one matrix at a time. Here the codes stay, and the scales of all groups and the
norms move together, down the slope of the divergence from the source's predictions: what one matrix
got wrong another can make up for. A scale is used as it will be stored, and its slope is taken as
if storing it did not round.

Source: Chen et al., "EfficientQAT", 2024, its second phase, with the source's predictions in place
of a text; Liu et al., "LLM-QAT", 2023, for texts that the source writes itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812  The name the field uses.
from torch.utils.checkpoint import checkpoint

from codegen.gpu.packed_weights import PackedWeights
from codegen.loading.weights import DenseWeights, LayerWeights
from codegen.quantize.forward import Layers, final_stream, normed
from codegen.quantize.kept_rows import KeptRows
from codegen.quantize.recipe import MATRICES
from codegen.quantize.tuned_matrix import TunedMatrix

_SEQUENCES_A_STEP = 8
_TOKENS_SCORED_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Schedule:
    """first_step: how far a scale moves at once at the beginning, as a share of itself; steps
    shrink to 0 along a cosine.
    """

    n_steps: int
    first_step: float = 2e-3

    def step(self, i: int) -> float:
        """The size of step `i`."""
        return self.first_step * 0.5 * (1 + math.cos(math.pi * i / self.n_steps))


def tuned(
    packed: PackedWeights,
    source: DenseWeights,
    token_ids: Tensor,
    schedule: Schedule,
    progress: Callable[[int, float], None] = lambda step, divergence: None,
    kept: KeptRows | None = None,
) -> PackedWeights:
    """The same codes with other scales and norms.

    Args:
        packed: what to begin with.
        source: what to predict like.
        token_ids: [B, T] int64, read in their order, eight sequences a step, from the start again
            after the last.
        schedule: how often and how far.
        progress: told the step and its divergence in nats a token.
        kept: of a model whose head is its embedding too but for these rows.
    """
    student = _Student(packed, source.layers[0].qkv.dtype, kept)
    optimizer = torch.optim.Adam(student.parameters(), lr=schedule.first_step)
    token_ids = token_ids.to(packed.embed.device)
    for step in range(schedule.n_steps):
        at = torch.arange(step * _SEQUENCES_A_STEP, (step + 1) * _SEQUENCES_A_STEP)
        batch = token_ids[at.to(token_ids.device) % len(token_ids)]
        with torch.no_grad():
            wanted = final_stream(source, batch)
        optimizer.zero_grad(set_to_none=True)
        divergence = student.learn(batch, wanted, source)
        for settings in optimizer.param_groups:
            settings["lr"] = schedule.step(step)
        optimizer.step()
        progress(step, divergence)
    return student.packed()


class _Student:
    """Packed weights with slopes."""

    def __init__(self, packed: PackedWeights, dtype: torch.dtype, kept: KeptRows | None) -> None:
        self._packed = packed
        self._embed = packed.embed.to(dtype)
        # Which tokens' embeddings are rows of the head, and change with it.
        self._shared: Tensor | None = None
        if kept is not None:
            everywhere = torch.ones(len(packed.embed), dtype=torch.bool, device=packed.embed.device)
            self._shared = everywhere.index_fill(0, kept.rows.long(), value=False)
        self._matrices = [
            {name: TunedMatrix(getattr(layer, name), dtype) for name in MATRICES}
            for layer in packed.layers
        ]
        self._head = TunedMatrix(packed.head, dtype)
        self._norms = [
            (layer.attn_norm.clone().requires_grad_(), layer.ffn_norm.clone().requires_grad_())
            for layer in packed.layers
        ]
        self._final_norm = packed.final_norm.clone().requires_grad_()

    def parameters(self) -> list[Tensor]:
        """All that is tuned; norms lie around 1 and gains around 0, so that one step suits both."""
        gains = [matrix.gains for layer in self._matrices for matrix in layer.values()]
        norms = [norm for pair in self._norms for norm in pair]
        return [*gains, self._head.gains, *norms, self._final_norm]

    def learn(self, token_ids: Tensor, wanted: Tensor, source: DenseWeights) -> float:
        """Leaves the slopes of the mean divergence in the parameters and returns it.

        Shapes: token_ids [B, T], wanted [B, T, C], the source's normed stream.
        """
        config = self._packed.config
        layers = Layers(config, token_ids.shape[1], token_ids.device)
        # The head's numbers are made once, and their slopes gathered before they go further.
        head = self._head.numbers()
        cut_head = head.detach().requires_grad_()
        stream = self._embedded(token_ids, cut_head)
        for i in range(config.n_layers):
            stream = checkpoint(self._through, layers, i, stream, use_reentrant=False)
        found = normed(stream, self._final_norm, config.rms_eps).flatten(0, 1)
        theirs = wanted.flatten(0, 1)
        # The head's slope for the stream is gathered first, so that its logits need no room twice.
        cut = found.detach().requires_grad_()
        total = 0.0
        for ours, other in zip(
            torch.split(cut, _TOKENS_SCORED_AT_ONCE),
            torch.split(theirs, _TOKENS_SCORED_AT_ONCE),
            strict=True,
        ):
            logits = F.linear(ours.to(head.dtype), cut_head).float().log_softmax(-1)
            with torch.no_grad():
                aim = F.linear(other.to(source.head.dtype), source.head).float().log_softmax(-1)
            part = F.kl_div(logits, aim, reduction="sum", log_target=True) / len(found)
            torch.autograd.backward(part)
            total += float(part.detach())
        torch.autograd.backward(found, cut.grad)
        torch.autograd.backward(head, cut_head.grad)
        return total

    def packed(self) -> PackedWeights:
        """The weights as they are now."""
        layers = tuple(
            replace(
                layer,
                attn_norm=norms[0].detach(),
                ffn_norm=norms[1].detach(),
                **{name: matrix.packed() for name, matrix in matrices.items()},
            )
            for layer, norms, matrices in zip(
                self._packed.layers, self._norms, self._matrices, strict=True
            )
        )
        return replace(
            self._packed,
            layers=layers,
            final_norm=self._final_norm.detach(),
            head=self._head.packed(),
        )

    def _embedded(self, token_ids: Tensor, head: Tensor) -> Tensor:
        """Shapes: token_ids [B, T], head [V, C] -> [B, T, C] float32."""
        embed = self._embed[token_ids]
        if self._shared is not None:
            embed = torch.where(self._shared[token_ids][..., None], head[token_ids], embed)
        stream = embed.float()
        return stream if stream.requires_grad else stream.requires_grad_()

    def _through(self, layers: Layers, i: int, stream: Tensor) -> Tensor:
        numbers = {name: matrix.numbers() for name, matrix in self._matrices[i].items()}
        attn_norm, ffn_norm = self._norms[i]
        bias = self._packed.layers[i].qkv.bias
        layer = LayerWeights(attn_norm=attn_norm, qkv_bias=bias, ffn_norm=ffn_norm, **numbers)
        return layers.run(layer, stream)
