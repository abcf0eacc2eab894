"""The GPU's decoder against the CPU's on the same weights: plain torch here, kernels on a GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from codegen.choice import CacheChoice, CacheFormat
from codegen.decoder import DenseDecoder, Lead, Segment
from codegen.engine import Sampling
from codegen.errors import Cancelled, PromptError, UnsupportedModel
from codegen.gpu import decoder as module
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.packed_weights import Format, PackedWeights, Packer, pack_weights
from codegen.gpu.page_pool import PAGE_TOKENS, PagedCache
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import DenseWeights, LayerWeights, open_weights
from kernels.paired_rows import natural_rows
from kernels.quantized_reference import dequantize
from kernels.step import Projection
from tests import tiny_models

KINDS = ("qwen2", "llama-gqa", "deepseek-coder")
FORMATS: tuple[Format, ...] = ("int4", "int8", "bf16")
DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
# Plain torch computes in float32; the kernels round activations to float16 between operations.
PARITY = 1e-4 if DEVICE.type == "cpu" else 3e-2
PROMPT = list(range(3, 40))
PLAIN = CacheChoice()
# What rounding keys and values to 8 bits may cost.
ROUNDED = {"float16": PARITY, "int8": 6e-2, "fp8": 2e-1}
CHOICES = [
    CacheChoice("float16", paged=True),
    CacheChoice("int8"),
    CacheChoice("int8", paged=True),
    CacheChoice("fp8", paged=True),
]


def load(
    tmp_path: Path,
    kind: str,
    weights: Format,
    pool_tokens: int | None = None,
    cache: CacheChoice = PLAIN,
) -> tuple[GpuDecoder, DenseDecoder]:
    """The decoder under test, and the CPU's on what the packed weights stand for."""
    tiny_models.write_model(tmp_path / kind, kind, sizes=tiny_models.PACKABLE)
    model = tiny_models.stored(tmp_path / kind, tmp_path / "converted")
    dense = open_weights(ensure_converted(model, dtype=torch.float32))
    packed = pack_weights(dense, Packer(weights, 32), DEVICE)
    decoder = GpuDecoder(packed, 256, pool_tokens=pool_tokens, cache=cache)
    return decoder, DenseDecoder(meaning_of(packed, dense), 256)


def meaning_of(packed: PackedWeights, dense: DenseWeights) -> DenseWeights:
    def matrix(projection: Projection) -> torch.Tensor:
        weight = projection.weight
        if isinstance(weight, torch.Tensor):
            assert packed.kind == "bf16"
            return weight.float().cpu()
        assert packed.kind != "bf16"
        rows = dequantize(weight.to("cpu"))
        return natural_rows(rows, projection.n_pairs) if projection.n_pairs else rows

    layers = tuple(
        LayerWeights(
            attn_norm=own.attn_norm,
            qkv=matrix(layer.qkv),
            qkv_bias=own.qkv_bias,
            out=matrix(layer.out),
            ffn_norm=own.ffn_norm,
            gate_up=matrix(layer.gate_up),
            down=matrix(layer.down),
        )
        for layer, own in zip(packed.layers, dense.layers, strict=True)
    )
    return DenseWeights(
        config=dense.config,
        embed=packed.embed.float().cpu(),
        layers=layers,
        final_norm=dense.final_norm,
        head=matrix(packed.head),
    )


def relative_error(actual: torch.Tensor, expected: torch.Tensor) -> float:
    return float((actual.cpu() - expected).norm() / expected.norm())


def agree(actual: torch.Tensor, expected: torch.Tensor) -> None:
    assert actual.shape == expected.shape
    assert relative_error(actual, expected) < PARITY


@pytest.mark.parametrize("weights", FORMATS)
@pytest.mark.parametrize("kind", KINDS)
def test_prompt_steps_and_drafts_score_like_the_cpu(
    tmp_path: Path, kind: str, weights: Format
) -> None:
    decoder, reference = load(tmp_path, kind, weights)
    cache, expected_cache = decoder.new_cache(100), reference.new_cache(100)
    for tokens in (PROMPT, [7], [9, 8, 7], [5], list(range(20))):
        actual = decoder.score([Segment(tokens, cache)])
        expected = reference.forward([Segment(tokens, expected_cache)])
        agree(actual.logits, expected)
        assert actual.best is not None
        assert torch.equal(actual.best, actual.logits.argmax(-1))
    assert cache.length == expected_cache.length


@pytest.mark.parametrize("weights", FORMATS)
@pytest.mark.parametrize("pieces", [(70, 66), (90,)], ids=["and a step", "padded"])
def test_a_long_prompt_in_chunks_scores_like_the_cpu(
    tmp_path: Path, weights: Format, pieces: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECES", pieces)
    decoder, reference = load(tmp_path, "qwen2", weights)
    prompt = [i % 250 for i in range(150)]  # 70 + 10, 70, and a step.
    cache, expected_cache = decoder.new_cache(200), reference.new_cache(200)
    for tokens in (prompt[:80], prompt[80:150], prompt[:21]):
        agree(
            decoder.score([Segment(tokens, cache)]).logits,
            reference.forward([Segment(tokens, expected_cache)]),
        )


def test_a_batch_scores_each_sequence_as_alone(tmp_path: Path) -> None:
    decoder, reference = load(tmp_path, "llama-gqa", "int8", 700)
    prompts = [PROMPT, [9], list(range(40, 60))]
    caches = [decoder.new_cache(50) for _ in prompts]
    twins = [reference.new_cache(50) for _ in prompts]
    first = decoder.score([Segment(p, c) for p, c in zip(prompts, caches, strict=True)])
    expected = reference.forward([Segment(p, c) for p, c in zip(prompts, twins, strict=True)])
    agree(first.logits, expected)
    for token in (3, 4, 5):
        together = decoder.score([Segment([token], cache) for cache in caches])
        agree(together.logits, reference.forward([Segment([token], cache) for cache in twins]))


@pytest.mark.parametrize("cache_choice", CHOICES, ids=str)
def test_every_kind_of_cache_scores_like_the_cpu(
    tmp_path: Path, cache_choice: CacheChoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECES", (70, 66))
    decoder, reference = load(tmp_path, "qwen2", "int8", 400, cache_choice)
    other = decoder.new_cache(70)  # So that pages and stretches begin somewhere.
    cache, twin = decoder.new_cache(200), reference.new_cache(200)
    for tokens in ([i % 250 for i in range(150)], [7], [9, 8, 7], [5]):
        actual = decoder.score([Segment(tokens, cache)]).logits
        expected = reference.forward([Segment(tokens, twin)])
        assert relative_error(actual, expected) < ROUNDED[cache_choice.numbers]
    decoder.score([Segment([1], other)])
    together = decoder.score([Segment([3], other), Segment([4], cache)]).logits[1:]
    expected = reference.forward([Segment([4], twin)])
    assert relative_error(together, expected) < ROUNDED[cache_choice.numbers]


@pytest.mark.parametrize("numbers", ["float16", "int8"])
def test_pages_give_the_same_bits_as_a_stretch(tmp_path: Path, numbers: CacheFormat) -> None:
    tokens: list[list[int]] = []
    logits: list[torch.Tensor] = []
    for i, paged in enumerate((False, True)):
        decoder, _ = load(tmp_path / str(i), "llama-gqa", "int8", 400, CacheChoice(numbers, paged))
        hold = decoder.new_cache(30)
        cache = decoder.new_cache(150)
        del hold
        logits.append(decoder.score([Segment(PROMPT * 2, cache)]).logits.clone())
        follow = decoder.follow(cache, 5)
        tokens.append([next(follow) for _ in range(60)])
    assert torch.equal(*logits)
    assert tokens[0] == tokens[1]


@pytest.mark.parametrize("choice", [PLAIN, *CHOICES[:3]], ids=str)
@pytest.mark.parametrize("n_tokens", [1, PAGE_TOKENS, PAGE_TOKENS + 9])
def test_a_sequence_that_begins_like_another_goes_on_as_from_the_start(
    tmp_path: Path, choice: CacheChoice, n_tokens: int
) -> None:
    decoder, _ = load(tmp_path, "qwen2", "int8", 700, choice)
    prompt = [i % 200 for i in range(PAGE_TOKENS + 9)]
    first, cold, warm = (decoder.new_cache(150) for _ in range(3))
    decoder.score([Segment([*prompt, 1, 2, 3], first)])
    # The same sizes of pass, so that what differs would be the cache.
    decoder.score([Segment(prompt[:n_tokens], cold)])
    decoder.score([Segment([8, 9], cold)])
    assert warm.begin_like(first, n_tokens)
    if isinstance(warm, PagedCache) and isinstance(first, PagedCache):
        assert (warm.pages[0] == first.pages[0]) == (n_tokens >= PAGE_TOKENS)
    # The first goes its own way meanwhile.
    first.truncate(n_tokens // 2)
    decoder.score([Segment([77] * 20, first)])
    decoder.score([Segment([8, 9], warm)])
    follow, again = decoder.follow(cold, 4), decoder.follow(warm, 4)
    expected = [next(follow) for _ in range(20)]
    assert [next(again) for _ in range(20)] == expected


def test_several_sequences_are_followed_together_each_as_alone(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2", "int8", 900)
    prompts = [PROMPT, [9, 4], list(range(50, 60))]

    def leads() -> list[Lead]:
        caches = [decoder.new_cache(60) for _ in prompts]
        for prompt, cache in zip(prompts, caches, strict=True):
            decoder.score([Segment(prompt, cache)])
        return [Lead(cache, 7) for cache in caches]

    alone = []
    for lead in leads():
        tokens = decoder.follow(lead.cache, lead.token_id)
        alone.append([next(tokens) for _ in range(12)])
    together = leads()
    rows = decoder.follow_all(together)
    assert rows is not None
    found = [next(rows) for _ in range(12)]
    if DEVICE.type == "cpu":  # In float16 a batch may take the other of two close tokens.
        assert [list(column) for column in zip(*found, strict=True)] == alone
    assert [lead.cache.length for lead in together] == [len(prompt) + 12 for prompt in prompts]
    assert decoder.follow_all(together * 30) is None


def test_draws_repeat_under_a_seed_and_a_cold_row_beside_them_takes_the_best(
    tmp_path: Path,
) -> None:
    decoder, _ = load(tmp_path, "qwen2", "int8", 900)

    def tokens(seeds: list[int], temperature: float = 1.5) -> list[list[int]]:
        caches = [decoder.new_cache(60) for _ in [*seeds, 0]]
        for cache in caches:
            decoder.score([Segment(PROMPT, cache)])
        leads = [
            Lead(cache, 7, Sampling(temperature, 0.9, seed))
            for cache, seed in zip(caches, seeds, strict=False)
        ]
        rows = decoder.follow_all([*leads, Lead(caches[-1], 7)])
        assert rows is not None
        return [list(column) for column in zip(*(next(rows) for _ in range(10)), strict=True)]

    first = tokens([1, 2, 3])
    assert first == tokens([1, 2, 3])
    assert first[0] == tokens([5, 6, 1])[2], "a seed draws the same wherever it sits in a batch"
    assert len({tuple(row) for row in first}) == 4
    assert first[3] == tokens([1, 2, 3], temperature=1e-4)[0], "next to no warmth is none"


def test_following_gives_the_tokens_of_single_steps_and_counts_what_was_read(
    tmp_path: Path,
) -> None:
    decoder, _ = load(tmp_path, "qwen2", "int8")
    cache = decoder.new_cache(60)
    first = decoder.score([Segment(PROMPT, cache)]).best
    assert first is not None
    expected: list[int] = []
    pending = int(first)
    for _ in range(10):
        best = decoder.score([Segment([pending], cache)]).best
        assert best is not None
        pending = int(best)
        expected.append(pending)
    cache.truncate(len(PROMPT))
    tokens = decoder.follow(cache, int(first))
    assert [next(tokens) for _ in range(4)] == expected[:4]
    assert cache.length == len(PROMPT) + 4
    # Steps that ran ahead must leave nothing behind that a later step sees.
    again = decoder.follow(cache, expected[3])
    assert [next(again) for _ in range(6)] == expected[4:]


def test_long_contexts_have_steps_of_their_own_cut_with_the_same_scores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoder, reference = load(tmp_path, "qwen2", "int8")
    cache, twin = decoder.new_cache(100), reference.new_cache(100)
    decoder.score([Segment(PROMPT, cache)])
    short = decoder.filled([Segment([7], cache)], 1)
    for module_of_limit in ("graphs", "step"):
        monkeypatch.setattr(f"codegen.gpu.{module_of_limit}.SHORT_ROOM", len(PROMPT))
    assert decoder.filled([Segment([7], cache)], 1) is not short
    reference.forward([Segment(PROMPT, twin)])
    agree(decoder.score([Segment([7], cache)]).logits, reference.forward([Segment([7], twin)]))


def test_following_ends_where_the_cache_does(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2", "int8")
    cache = decoder.new_cache(len(PROMPT) + 3)
    decoder.score([Segment(PROMPT, cache)])
    assert len(list(decoder.follow(cache, 5))) == 3
    assert cache.length == cache.capacity


def test_drafts_are_verified_in_one_step(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "deepseek-coder", "int8")
    cache = decoder.new_cache(60)
    decoder.score([Segment(PROMPT, cache)])
    draft = [5, 6, 7]
    one_by_one = []
    for token in draft:
        best = decoder.score([Segment([token], cache)]).best
        assert best is not None
        one_by_one.append(int(best))
    cache.truncate(len(PROMPT))
    assert decoder.verify(cache, draft) == one_by_one
    assert cache.length == len(PROMPT) + 3


@pytest.mark.parametrize("n_tokens", [3, 100])
def test_a_pass_that_is_cancelled_leaves_the_cache_usable(tmp_path: Path, n_tokens: int) -> None:
    decoder, _ = load(tmp_path, "llama-gqa", "int8")
    cache = decoder.new_cache(150)
    decoder.score([Segment(PROMPT, cache)])
    expected = decoder.score([Segment([5, 6], cache)]).logits
    cache.truncate(len(PROMPT))

    def stop() -> None:
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        decoder.score([Segment([99] * n_tokens, cache)], checkpoint=stop)
    assert cache.length == len(PROMPT)
    assert torch.equal(decoder.score([Segment([5, 6], cache)]).logits, expected)


def test_warming_up_beside_a_running_sequence_leaves_its_cache_alone(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "llama-gqa", "int8")
    cache = decoder.new_cache(100)
    decoder.score([Segment(PROMPT, cache)])
    expected = decoder.score([Segment([5, 6], cache)]).logits
    cache.truncate(len(PROMPT))
    decoder.warm_up()
    if DEVICE.type == "cpu":
        # Nothing is captured here; capturing runs each step once on inputs of zeros.
        decoder.filled([], 64).run()
    assert torch.equal(decoder.score([Segment([5, 6], cache)]).logits, expected)


def test_the_pool_is_shared_given_back_and_never_overrun(tmp_path: Path) -> None:
    decoder, _ = load(tmp_path, "qwen2", "int8")
    first = decoder.new_cache(100)
    with pytest.raises(PromptError, match="no room for 200"):
        decoder.new_cache(200)
    with pytest.raises(ValueError, match="101 tokens do not fit a cache of 100"):
        decoder.score([Segment([1] * 101, first)])
    base = first.base
    del first
    assert decoder.new_cache(200).base == base


@pytest.mark.parametrize(
    "sizes",
    [
        {"hidden_size": 48},
        {"hidden_size": 64, "intermediate_size": 80},
        {"hidden_size": 96, "intermediate_size": 96},
    ],
)
def test_shapes_that_cannot_be_packed_are_refused(tmp_path: Path, sizes: dict[str, int]) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=sizes)
    folder = ensure_converted(tiny_models.stored(tmp_path / "tiny", tmp_path / "converted"))
    with pytest.raises(UnsupportedModel, match="cannot be packed"):
        pack_weights(open_weights(folder), Packer("int8"), DEVICE)
