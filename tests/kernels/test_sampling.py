"""Draws on the device: from the right tokens, as often as they should come, and repeatably."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("triton", reason="the GPU kernels need Triton, which is not installed")

from kernels.gpu.ends import choose_best
from kernels.gpu.sampling import draw_tokens

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def drawn(
    logits: torch.Tensor,
    temperature: float | list[float],
    top_p: float,
    *,
    seed: int = 0,
    position: int = 0,
) -> torch.Tensor:
    M = logits.shape[0]
    warm = [temperature] * M if isinstance(temperature, float) else temperature
    parts = draw_tokens(
        logits.to(DEVICE),
        logits.amax(-1, keepdim=True).to(DEVICE),
        torch.tensor(warm, device=DEVICE),
        torch.full((M,), top_p, device=DEVICE),
        torch.arange(M, device=DEVICE) + seed,
        torch.full((M,), position, device=DEVICE),
    )
    return choose_best(*parts, None, None).cpu()


def nucleus(logits: torch.Tensor, temperature: float, top_p: float) -> set[int]:
    """What `kernels.reference.sample` draws from."""
    ordered, ids = (logits / temperature).softmax(-1).sort(descending=True, stable=True)
    return set(ids[ordered.cumsum(-1) - ordered < top_p].tolist())


@pytest.mark.parametrize("top_p", [0.1, 0.6, 0.95])
@pytest.mark.parametrize("V", [40, 1500])
def test_only_the_nucleus_is_drawn_from(top_p: float, V: int) -> None:
    torch.manual_seed(V)
    row = torch.randn(V) * 2
    allowed = nucleus(row, 0.8, top_p)
    edge = min(float(row[i]) for i in allowed) - 0.8 * 1.01 / 64
    for token in drawn(row.expand(60, -1).contiguous(), 0.8, top_p).tolist():
        assert float(row[token]) >= edge
    if top_p == 0.95:
        assert len(allowed) > 3, "a nucleus of one would prove nothing"


def test_tokens_come_as_often_as_their_probabilities_say() -> None:
    row = torch.tensor([1.0, 0.0, 2.0, -1.0])
    tokens = drawn(row.expand(1000, -1).contiguous(), 1.0, 1.0)
    share = torch.bincount(tokens, minlength=4) / 1000
    # Four standard deviations of a count of 1,000.
    assert torch.allclose(share, row.softmax(-1), atol=0.065)


def test_the_same_seed_and_place_draw_the_same_token_and_others_draw_others() -> None:
    rows = torch.zeros(64, 300)
    first = drawn(rows, 1.0, 1.0)
    assert torch.equal(first, drawn(rows, 1.0, 1.0))
    assert (first == drawn(rows, 1.0, 1.0, position=1)).float().mean() < 0.2
    assert (first == drawn(rows, 1.0, 1.0, seed=1000)).float().mean() < 0.2
    assert len(set(first.tolist())) > 40


def test_no_temperature_takes_the_largest_and_rows_keep_their_own() -> None:
    torch.manual_seed(3)
    logits = torch.randn(3, 1100)
    logits[1, 1050] = 60.0  # So far above the others that any draw is this.
    tokens = drawn(logits, [0.0, 1.0, 0.0], 0.9)
    assert tokens.tolist() == [int(logits[0].argmax()), 1050, int(logits[2].argmax())]


def test_a_row_without_a_number_draws_nothing() -> None:
    logits = torch.full((1, 50), torch.nan)
    assert drawn(logits, 0.0, 1.0).tolist() == [-1]
