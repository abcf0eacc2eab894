"""The decoder against transformers, and against itself cut differently."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from codegen.decoder import DenseDecoder, Segment
from codegen.errors import Cancelled
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from tests import tiny_models

KINDS = ("qwen2", "llama-gqa", "deepseek-coder")
PARITY = 1e-4


def load(tmp_path: Path, kind: str, **how: Any) -> tuple[DenseDecoder, Any]:
    reference = tiny_models.write_model(tmp_path / kind, kind, **how)
    model = tiny_models.stored(tmp_path / kind, tmp_path / "converted")
    folder = ensure_converted(model, dtype=torch.float32)
    return DenseDecoder(open_weights(folder), 512), reference


def relative_error(actual: torch.Tensor, expected: torch.Tensor) -> float:
    return float((actual - expected).norm() / expected.norm())


def greedy(decoder: DenseDecoder, prompt: list[int], n: int) -> list[int]:
    cache = decoder.new_cache(len(prompt) + n)
    chosen: list[int] = []
    pending = prompt
    for _ in range(n):
        logits = decoder.forward([Segment(pending, cache)])
        pending = [int(logits[0].argmax())]
        chosen += pending
    return chosen


def reference_greedy(model: Any, prompt: list[int], n: int) -> list[int]:
    tokens = torch.tensor([prompt])
    with torch.inference_mode():
        for _ in range(n):
            token = model(tokens).logits[:, -1:].argmax(-1)
            tokens = torch.cat((tokens, token), dim=1)
    return [int(t) for t in tokens[0, len(prompt) :]]


@pytest.mark.parametrize("kind", KINDS)
def test_logits_and_64_greedy_tokens_equal_transformers(tmp_path: Path, kind: str) -> None:
    decoder, reference = load(tmp_path, kind)
    prompt = torch.randint(0, 256, (37,), generator=torch.Generator().manual_seed(1)).tolist()
    with torch.inference_mode():
        expected = reference(torch.tensor([prompt])).logits[0]
    cache = decoder.new_cache(64)
    actual = decoder.forward([Segment(prompt, cache)], all_logits=True)
    assert relative_error(actual, expected) < PARITY
    assert greedy(decoder, prompt, 64) == reference_greedy(reference, prompt, 64)


def test_a_sharded_checkpoint_reads_like_a_single_one(tmp_path: Path) -> None:
    sharded, reference = load(tmp_path / "a", "deepseek-coder", max_shard_size="40KB")
    assert len(list((tmp_path / "a" / "deepseek-coder").glob("*.safetensors"))) > 1
    prompt = [5, 6, 7]
    with torch.inference_mode():
        expected = reference(torch.tensor([prompt])).logits[0, -1:]
    actual = sharded.forward([Segment(prompt, sharded.new_cache(3))])
    assert relative_error(actual, expected) < PARITY


def test_chunks_and_batches_score_like_one_pass(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2")
    prompts = [list(range(3, 20)), [9], list(range(40, 90))]
    alone = torch.cat([decoder.forward([Segment(p, decoder.new_cache(50))]) for p in prompts])
    together = decoder.forward([Segment(p, decoder.new_cache(50)) for p in prompts])
    assert relative_error(together, alone) < PARITY
    cache = decoder.new_cache(50)
    decoder.forward([Segment(prompts[2][:13], cache)])
    chunked = decoder.forward([Segment(prompts[2][13:], cache)])
    assert relative_error(chunked[0], alone[2]) < PARITY


def test_a_pass_that_is_cancelled_midway_leaves_the_cache_usable(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "llama-gqa")
    prompt = list(range(20))
    expected = decoder.forward([Segment(prompt, decoder.new_cache(20))])
    cache = decoder.new_cache(20)
    decoder.forward([Segment(prompt[:8], cache)])
    layers_left = [2]

    def stop_at_the_last_layer() -> None:
        if layers_left[0] == 0:
            raise Cancelled("enough")
        layers_left[0] -= 1

    with pytest.raises(Cancelled):
        decoder.forward([Segment([99] * 12, cache)], checkpoint=stop_at_the_last_layer)
    assert cache.length == 8
    actual = decoder.forward([Segment(prompt[8:], cache)])
    assert relative_error(actual, expected) < PARITY


def test_the_same_tokens_give_the_same_bits(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2")
    runs = [decoder.forward([Segment([1, 2, 3], decoder.new_cache(3))]) for _ in range(3)]
    assert torch.equal(runs[0], runs[1])
    assert torch.equal(runs[0], runs[2])


def test_a_full_cache_says_so_and_truncation_makes_room(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2")
    cache = decoder.new_cache(4)
    decoder.forward([Segment([1, 2, 3], cache)])
    with pytest.raises(ValueError, match="5 tokens do not fit"):
        decoder.forward([Segment([4, 5], cache)])
    cache.truncate(1)
    expected = decoder.forward([Segment([1, 7, 8], decoder.new_cache(3))])
    actual = decoder.forward([Segment([7, 8], cache)])
    assert relative_error(actual, expected) < PARITY
    with pytest.raises(ValueError, match="cannot keep 9 of 3"):
        cache.truncate(9)


def test_tokens_verified_in_one_pass_are_those_chosen_one_by_one(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2")
    prompt = [5, 6, 7, 8]
    expected = greedy(decoder, prompt, 6)
    cache = decoder.new_cache(20)
    decoder.forward([Segment(prompt, cache)])
    assert decoder.verify(cache, expected[:3]) == expected[1:4]
    cache.truncate(len(prompt) + 1)
    # A draft that is wrong from its second token on leaves the first one's verdict as it was.
    wrong = [expected[1], (expected[2] + 1) % 50, 3]
    assert decoder.verify(cache, wrong)[0] == expected[2]
    assert cache.length == len(prompt) + 4


def test_a_cache_that_begins_like_another_goes_on_by_itself(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2")
    first, second = decoder.new_cache(8), decoder.new_cache(9)
    decoder.forward([Segment([1, 2, 3, 4], first)])
    assert second.begin_like(first, 2)
    decoder.forward([Segment([9, 9], first)])
    actual = decoder.forward([Segment([7, 8], second)])
    expected = decoder.forward([Segment([1, 2, 7, 8], decoder.new_cache(4))])
    assert relative_error(actual, expected) < PARITY
    with pytest.raises(ValueError, match="cannot take 7 of 6"):
        second.begin_like(first, 7)


@pytest.mark.gpu
@pytest.mark.parametrize("kind", KINDS)
def test_the_gpu_scores_like_the_cpu(tmp_path: Path, kind: str) -> None:
    decoder, _ = load(tmp_path, kind)
    model = tiny_models.stored(tmp_path / kind, tmp_path / "converted")
    folder = ensure_converted(model, dtype=torch.float32)
    on_gpu = DenseDecoder(open_weights(folder, device="cuda"), 512)
    prompt = list(range(60))
    expected = decoder.forward([Segment(prompt, decoder.new_cache(60))], all_logits=True)
    actual = on_gpu.forward([Segment(prompt, on_gpu.new_cache(60))], all_logits=True)
    assert actual.device.type == "cuda"
    assert relative_error(actual.cpu(), expected) < PARITY
    assert greedy(on_gpu, prompt, 64) == greedy(decoder, prompt, 64)
