"""The engine over the GPU's decoder: the same seam, with tokens that are computed ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch

from codegen.choice import CACHE_FORMATS, CacheChoice, CacheFormat
from codegen.engine import (
    CancelToken,
    Chat,
    Continuation,
    Finished,
    Infill,
    Message,
    Request,
    Sampling,
    Stop,
    TextDelta,
)
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.opening import GpuHolding, open_gpu_decoder
from codegen.gpu.packed_weights import Packer, pack_weights
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.local_engine import LocalEngine, open_engine, open_packed_engine
from codegen.quantize.packed_file import PACKED_NAME, write_packed
from codegen.tokenizer import Tokenizer
from tests import tiny_models

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
INFILL = Infill("def add(a, b):\n    return ", "\n")
# The random model ends the infill soon, and goes on with this for long.
LONG = Continuation("for i in")


def converted(tmp_path: Path, sizes: Mapping[str, int] | None = None) -> Path:
    tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=sizes)
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    return ensure_converted(model, dtype=torch.float32)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    folder = converted(tmp_path_factory.mktemp("models"), sizes=tiny_models.PACKABLE)
    weights = pack_weights(open_weights(folder), Packer("int8", 32), DEVICE)
    return LocalEngine("tiny", GpuDecoder(weights, 256, pool_tokens=900), Tokenizer.load(folder))


def collect(
    engine: LocalEngine, requests: Sequence[Request], cancel: CancelToken | None = None
) -> tuple[list[str], list[Finished]]:
    texts = [""] * len(requests)
    ends: dict[int, Finished] = {}
    for event in engine.generate(requests, cancel or CancelToken()):
        if isinstance(event, TextDelta):
            texts[event.request_idx] += event.text
        else:
            ends[event.request_idx] = event
    return texts, [ends[i] for i in range(len(requests))]


def test_tokens_computed_ahead_are_those_of_a_batch_taken_step_by_step(
    engine: LocalEngine,
) -> None:
    requests = [
        Request(INFILL, stop=Stop(max_new_tokens=9)),
        Request(Continuation("for i in"), stop=Stop(max_new_tokens=30)),
        Request(Chat((Message("user", "add"),)), stop=Stop(max_new_tokens=14)),
    ]
    together, ends = collect(engine, requests)
    alone = [collect(engine, [request]) for request in requests]
    if DEVICE.type == "cpu":
        # In float32 both round alike; in float16 a batch may take the other of two close tokens.
        assert together == [texts[0] for texts, _ in alone]
        # How many are drafted hangs on what a draft was worth before.
        counts = [(end.tokens.prompt, end.tokens.completion) for end in ends]
        assert counts == [(end.tokens.prompt, end.tokens.completion) for _, (end,) in alone]
    assert all(end[0].reason in ("length", "stop_token") for _, end in alone)


def test_a_stop_text_ends_the_text_and_frees_the_pool(engine: LocalEngine) -> None:
    (whole,), _ = collect(engine, [Request(LONG, stop=Stop(max_new_tokens=20))])
    stop = whole[4:6]
    assert stop
    for _ in range(12):  # More than the pool holds at once.
        request = Request(LONG, Stop(max_new_tokens=100, texts=(stop,)))
        (text,), (end,) = collect(engine, [request])
        assert text == whole[: whole.index(stop)]
        assert (end.reason, end.stop_text) == ("stop_text", stop)


def test_requests_beyond_the_pool_wait_for_room_and_get_the_same_text(engine: LocalEngine) -> None:
    # 900 positions hold seven or eight of these at a time; every second one ends early.
    requests = [Request(LONG, stop=Stop(max_new_tokens=20 + 40 * (i % 2))) for i in range(19)]
    texts, ends = collect(engine, requests)
    (long,), _ = collect(engine, [Request(LONG, stop=Stop(max_new_tokens=60))])
    assert [end.reason for end in ends] == ["length"] * 19
    assert [end.tokens.completion for end in ends] == [20 + 40 * (i % 2) for i in range(19)]
    if DEVICE.type == "cpu":  # In float16 a batch may take the other of two close tokens.
        assert all(long.startswith(text) for text in texts)


def test_a_request_that_no_pool_could_hold_is_told_so(engine: LocalEngine) -> None:
    requests = [Request(LONG, stop=Stop(max_new_tokens=20)) for _ in range(2)]
    with_one = [requests[0], Request(Continuation("for i in " * 400)), requests[1]]
    texts, ends = collect(engine, with_one)
    assert [end.reason for end in ends] == ["length", "context_full", "length"]
    assert texts[0] == texts[2] != ""


def test_cancelling_ends_within_a_token_and_the_next_request_is_unharmed(
    engine: LocalEngine,
) -> None:
    expected = collect(engine, [Request(LONG, stop=Stop(max_new_tokens=20))])[0]
    cancel = CancelToken()
    for event in engine.generate([Request(LONG, stop=Stop(max_new_tokens=200))], cancel):
        if isinstance(event, TextDelta):
            cancel.cancel()
        else:
            assert event.reason == "cancelled"
            # Of 200: the first character may take several tokens.
            assert event.tokens.completion <= 5
    assert collect(engine, [Request(LONG, stop=Stop(max_new_tokens=20))])[0] == expected


def test_sampling_repeats_under_a_seed_and_differs_between_seeds(engine: LocalEngine) -> None:
    def text(seed: int) -> str:
        sampling = Sampling(temperature=1.5, seed=seed)
        return collect(engine, [Request(INFILL, Stop(max_new_tokens=20), sampling)])[0][0]

    assert text(1) == text(1)
    assert len({text(seed) for seed in range(4)}) > 1


def test_a_seed_draws_the_same_text_alone_and_beside_others(engine: LocalEngine) -> None:
    def request(seed: int) -> Request:
        return Request(LONG, Stop(max_new_tokens=25), Sampling(temperature=1.2, seed=seed))

    alone = [collect(engine, [request(seed)])[0][0] for seed in (1, 2)]
    together, _ = collect(engine, [request(1), Request(INFILL), request(2)])
    if DEVICE.type == "cpu":  # In float16 a batch may round otherwise.
        assert [together[0], together[2]] == alone
    assert together[0] != together[2]


@pytest.mark.parametrize("numbers", CACHE_FORMATS)
def test_pages_give_the_same_text_as_stretches(tmp_path: Path, numbers: CacheFormat) -> None:
    folder = converted(tmp_path, sizes=tiny_models.PACKABLE)
    weights = pack_weights(open_weights(folder), Packer("int8", 32), DEVICE)
    requests = [
        Request(LONG, Stop(max_new_tokens=90)),
        Request(INFILL, Stop(max_new_tokens=9)),
        Request(Continuation("for i in " * 9), Stop(max_new_tokens=40)),
    ]
    texts = []
    for paged in (False, True):
        choice = CacheChoice(numbers, paged)
        decoder = GpuDecoder(weights, 256, pool_tokens=300, cache=choice)
        texts.append(collect(LocalEngine("tiny", decoder, Tokenizer.load(folder)), requests)[0])
    assert texts[0] == texts[1]
    assert all(texts[0])


def test_a_word_begun_before_the_cursor_is_spelled_again(engine: LocalEngine) -> None:
    request = Request(Infill("def add(a, b):\n    ret", "\n"), stop=Stop(max_new_tokens=12))
    (text,), (end,) = collect(engine, [request])
    assert end.reason in ("length", "stop_token")
    assert not text.startswith("ret")


def test_damaged_weights_are_a_failure_and_no_text(tmp_path: Path) -> None:
    folder = converted(tmp_path, sizes=tiny_models.PACKABLE)
    weights = pack_weights(open_weights(folder), Packer("int8", 32), DEVICE)
    weights.final_norm.fill_(torch.nan)
    broken = LocalEngine("tiny", GpuDecoder(weights, 256), Tokenizer.load(folder))
    texts, (end,) = collect(broken, [Request(INFILL)])
    assert (texts, end.reason) == ([""], "failed")
    assert "damaged" in end.detail


def test_converted_weights_open_in_the_format_asked_for(tmp_path: Path) -> None:
    folder = converted(tmp_path, sizes=tiny_models.PACKABLE)
    stages: list[str] = []

    def report(stage: str, share: float) -> None:
        stages.append(stage)

    assert open_gpu_decoder(folder, 64, DEVICE, report).weights_name == "int8"
    assert open_gpu_decoder(folder, 64, DEVICE, report, GpuHolding("int4")).weights_name == "int4"
    assert "Quantising the weights" in stages
    odd = converted(tmp_path / "odd")
    assert open_gpu_decoder(odd, 64, DEVICE, report).weights_name == "bf16"


def test_a_packed_folder_opens_as_an_engine(tmp_path: Path) -> None:
    folder = converted(tmp_path, sizes=tiny_models.PACKABLE)
    out = tmp_path / "packed"
    out.mkdir()
    weights = pack_weights(open_weights(folder), Packer("int4", 32), torch.device("cpu"))
    write_packed(weights, out / PACKED_NAME)
    Tokenizer.load(folder).save(out)
    engine = open_packed_engine(out, device=DEVICE.type)
    assert engine.info.weights == "int4"
    assert collect(engine, [Request(INFILL, stop=Stop(max_new_tokens=2))])[1][0].detail == ""


@pytest.mark.gpu
def test_the_engine_opens_a_model_on_the_gpu(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=tiny_models.PACKABLE)
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    engine = open_engine(model, device="cuda")
    assert engine.info.device.startswith("cuda")
    assert engine.info.weights == "int8"
    assert collect(engine, [Request(INFILL, stop=Stop(max_new_tokens=3))])[1][0].detail == ""
