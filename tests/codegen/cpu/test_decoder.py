"""The int8 decoder: close to the unquantised one, and the same however its input is cut."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch

from codegen.cpu import decoder as cpu_decoder
from codegen.cpu.decoder import CpuDecoder
from codegen.cpu.weights import open_int8
from codegen.decoder import DenseDecoder, Segment
from codegen.errors import Cancelled, ModelFileError
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from kernels.cpu import reference
from tests import tiny_models

KINDS = ("qwen2", "llama-gqa", "deepseek-coder")
PROMPT = torch.randint(0, 256, (70,), generator=torch.Generator().manual_seed(1)).tolist()


def load(tmp_path: Path, kind: str = "qwen2") -> CpuDecoder:
    tiny_models.write_model(tmp_path / kind, kind)
    model = tiny_models.stored(tmp_path / kind, tmp_path / "converted")
    return CpuDecoder(*open_int8(ensure_converted(model, dtype=torch.int8), 512))


@pytest.mark.parametrize("kind", KINDS)
def test_logits_are_those_of_the_definition_and_near_the_unquantised_ones(
    tmp_path: Path, kind: str
) -> None:
    decoder = load(tmp_path, kind)
    stored = tiny_models.stored(tmp_path / kind, tmp_path / "converted")
    folder = ensure_converted(stored, dtype=torch.int8)
    found = decoder.logits([Segment(PROMPT, decoder.new_cache(80))])
    defined = reference.forward(open_int8(folder, 512)[1], torch.tensor(PROMPT))
    # Weights this wild carry a code that was rounded the other way far; a mistake shows as 0.1.
    assert float((found - defined).norm() / defined.norm()) < 0.02
    exact = DenseDecoder(open_weights(ensure_converted(stored, dtype=torch.float32)), 512)
    unquantised = exact.forward([Segment(PROMPT, exact.new_cache(80))], all_logits=True)
    assert float((found - unquantised).norm() / unquantised.norm()) < 0.1


def test_pieces_of_a_prompt_change_no_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = load(tmp_path)
    whole = decoder.score([Segment(PROMPT, decoder.new_cache(80))])
    every = decoder.best([Segment(PROMPT, decoder.new_cache(80))])
    other = PROMPT[5:30]
    for size in (1, 7, 64):
        monkeypatch.setattr(cpu_decoder, "PIECE_TOKENS", size)
        cache = decoder.new_cache(80)
        segments = [Segment(other, decoder.new_cache(80)), Segment(PROMPT, cache)]
        scores = decoder.score(segments)
        assert torch.equal(scores.logits[1], whole.logits[0])
        assert decoder.best([Segment(PROMPT, decoder.new_cache(80))]) == every
        assert cache.length == len(PROMPT)


def test_following_gives_the_tokens_that_scoring_one_by_one_does(tmp_path: Path) -> None:
    decoder = load(tmp_path)
    ahead, behind = decoder.new_cache(100), decoder.new_cache(100)
    first = decoder.best([Segment(PROMPT, ahead)])[-1]
    followed = list(islice(decoder.follow(ahead, first), 20))
    pending, scored = PROMPT, []
    for _ in range(21):
        best = decoder.score([Segment(pending, behind)]).best
        assert best is not None
        pending = [int(best[0])]
        scored += pending
    assert [first, *followed] == scored
    assert ahead.length == len(PROMPT) + 20


def test_a_draft_is_checked_in_one_step_and_forgotten_by_truncating(tmp_path: Path) -> None:
    decoder = load(tmp_path)
    cache = decoder.new_cache(100)
    first = decoder.best([Segment(PROMPT, cache)])[-1]
    plain = list(islice(decoder.follow(cache, first), 8))
    cache.truncate(len(PROMPT))
    assert decoder.best([Segment([first, *plain[:3], 99, 98], cache)])[:4] == plain[:4]
    cache.truncate(len(PROMPT) + 4)
    assert list(islice(decoder.follow(cache, plain[3]), 4)) == plain[4:8]


def test_a_cancelled_pass_leaves_the_caches_as_they_were(tmp_path: Path) -> None:
    decoder = load(tmp_path)
    cache = decoder.new_cache(100)
    decoder.score([Segment(PROMPT[:20], cache)])
    calls = []

    def checkpoint() -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        decoder.score([Segment(PROMPT[20:], cache)], checkpoint=checkpoint)
    assert cache.length == 20
    after = decoder.score([Segment(PROMPT[20:], cache)]).logits
    whole = decoder.score([Segment(PROMPT, decoder.new_cache(80))]).logits
    assert torch.equal(after, whole)


def test_more_than_the_cache_holds_is_refused(tmp_path: Path) -> None:
    decoder = load(tmp_path)
    with pytest.raises(ValueError, match="do not fit a cache of 17"):
        decoder.score([Segment(PROMPT[:18], decoder.new_cache(17))])


def test_a_damaged_file_is_one_clear_line(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    folder = ensure_converted(model, dtype=torch.int8)
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ModelFileError, match="start again") as caught:
        open_int8(folder, 512)
    assert "\n" not in str(caught.value)
