"""The engine in this process: streams, stops, cancellation, batches and faults."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest
import torch

from codegen.cpu.opening import cpu_dtype
from codegen.decoder import DenseDecoder
from codegen.engine import (
    Budget,
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
from codegen.errors import LeadsmanError, ModelFileError
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.local_engine import LocalEngine, open_engine
from codegen.tokenizer import Tokenizer
from tests import tiny_models

INFILL = Infill("def add(a, b):\n    return ", "\n")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    folder = tmp_path_factory.mktemp("models")
    tiny_models.write_model(folder / "tiny", "qwen2")
    model = tiny_models.stored(folder / "tiny", folder / "converted")
    # In float32 a batch and a single request round alike, so that their texts can be compared.
    converted = ensure_converted(model, dtype=torch.float32)
    decoder = DenseDecoder(open_weights(converted), 256)
    return LocalEngine("tiny", decoder, Tokenizer.load(converted))


def collect(
    engine: LocalEngine, requests: Sequence[Request], cancel: CancelToken | None = None
) -> tuple[list[str], list[Finished]]:
    texts = [""] * len(requests)
    ends: dict[int, Finished] = {}
    for event in engine.generate(requests, cancel or CancelToken()):
        if isinstance(event, TextDelta):
            assert event.request_idx not in ends, "text after the end"
            texts[event.request_idx] += event.text
        else:
            assert event.request_idx not in ends, "two ends"
            ends[event.request_idx] = event
    return texts, [ends[i] for i in range(len(requests))]


def test_greedy_gives_the_same_text_twice_and_counts_its_tokens(engine: LocalEngine) -> None:
    request = Request(INFILL, stop=Stop(max_new_tokens=12))
    (first,), (end,) = collect(engine, [request])
    (second,), _ = collect(engine, [request])
    assert first == second
    assert end.reason in ("length", "stop_token")
    assert end.tokens.completion == 12 or end.reason == "stop_token"
    assert end.tokens.prompt > 3
    assert end.timings.prefill_ms > 0


def test_sampling_repeats_under_a_seed_and_differs_between_seeds(engine: LocalEngine) -> None:
    def text(seed: int) -> str:
        sampling = Sampling(temperature=1.5, seed=seed)
        return collect(engine, [Request(INFILL, Stop(max_new_tokens=20), sampling)])[0][0]

    assert text(1) == text(1)
    assert len({text(seed) for seed in range(4)}) > 1


def test_a_batch_gives_each_request_the_text_it_gets_alone(engine: LocalEngine) -> None:
    requests = [
        Request(INFILL, stop=Stop(max_new_tokens=9)),
        Request(Continuation("for i in"), stop=Stop(max_new_tokens=3)),
        Request(Chat((Message("user", "add"),)), stop=Stop(max_new_tokens=14)),
    ]
    together, ends = collect(engine, requests)
    alone = [collect(engine, [request])[0][0] for request in requests]
    assert together == alone
    assert [end.request_idx for end in ends] == [0, 1, 2]


def test_a_stop_text_ends_the_text_before_it(engine: LocalEngine) -> None:
    (whole,), _ = collect(engine, [Request(INFILL, stop=Stop(max_new_tokens=20))])
    stop = whole[4:6]
    (text,), (end,) = collect(engine, [Request(INFILL, Stop(max_new_tokens=20, texts=(stop,)))])
    assert text == whole[: whole.index(stop)]
    assert (end.reason, end.stop_text) == ("stop_text", stop)


def test_cancelling_ends_within_a_token(engine: LocalEngine) -> None:
    cancel = CancelToken()
    pieces = 0
    for event in engine.generate([Request(INFILL, stop=Stop(max_new_tokens=200))], cancel):
        if isinstance(event, TextDelta):
            pieces += 1
            cancel.cancel()
        else:
            assert event.reason == "cancelled"
            assert event.tokens.completion <= 2
    assert pieces == 1


def test_a_cancelled_request_never_starts(engine: LocalEngine) -> None:
    cancel = CancelToken()
    cancel.cancel()
    (text,), (end,) = collect(engine, [Request(INFILL)], cancel)
    assert (text, end.reason, end.tokens.completion) == ("", "cancelled", 0)


def test_a_request_that_waits_for_another_can_be_cancelled(engine: LocalEngine) -> None:
    running = engine.generate([Request(INFILL, stop=Stop(max_new_tokens=50))], CancelToken())
    next(running)
    cancel = CancelToken()
    ends: list[Finished] = []
    waiting = threading.Thread(
        target=lambda: ends.extend(collect(engine, [Request(INFILL)], cancel)[1])
    )
    waiting.start()
    cancel.cancel()
    waiting.join(timeout=30)
    assert [end.reason for end in ends] == ["cancelled"]
    assert isinstance(running, Generator)
    running.close()
    assert collect(engine, [Request(INFILL, stop=Stop(max_new_tokens=1))])[1][0].reason == "length"


def test_a_prompt_that_leaves_no_room_is_an_answer_with_a_reason(engine: LocalEngine) -> None:
    long = Request(Chat((Message("user", "word " * 2000),)), stop=Stop(max_new_tokens=5))
    short = Request(INFILL, stop=Stop(max_new_tokens=2))
    _, (first, second) = collect(engine, [long, short])
    assert first.reason == "context_full"
    assert first.detail
    assert second.reason in ("length", "stop_token")


def test_budgets_bound_the_prompt(engine: LocalEngine) -> None:
    request = Request(
        Infill("x = 1\n" * 500, "y = 2\n" * 500),
        stop=Stop(max_new_tokens=1),
        budget=Budget(prefix_tokens=30, suffix_tokens=10),
    )
    _, (end,) = collect(engine, [request])
    assert end.tokens.prompt <= 30 + 10 + 3


def test_a_fault_is_an_answer_and_the_next_request_works(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "deepseek-coder")
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    engine = open_engine(model)
    broken = Request(INFILL, sampling=Sampling(temperature=float("nan")))
    _, (end,) = collect(engine, [broken])
    assert end.reason == "failed"
    assert "\n" not in end.detail
    assert collect(engine, [Request(INFILL, stop=Stop(max_new_tokens=1))])[1][0].reason == "length"


def test_a_closed_engine_answers_failed(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "llama-gqa")
    engine = open_engine(tiny_models.stored(tmp_path / "tiny", tmp_path / "converted"))
    engine.close()
    _, (end,) = collect(engine, [Request(INFILL)])
    assert (end.reason, "closed" in end.detail) == ("failed", True)


def test_info_names_the_family_found_in_the_vocabulary(engine: LocalEngine) -> None:
    assert engine.info.family == "qwen2.5-coder"
    assert engine.info.context_tokens == 256
    assert engine.info.weights == "float32"


@pytest.mark.parametrize("name", ["weights.safetensors", "tokenizer_bpe.json"])
def test_damaged_converted_files_are_made_again(tmp_path: Path, name: str) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2")
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    path = ensure_converted(model, dtype=cpu_dtype()) / name
    whole = path.read_bytes()
    path.write_bytes(whole[:100])
    engine = open_engine(model)
    assert path.read_bytes() == whole
    assert collect(engine, [Request(INFILL, stop=Stop(max_new_tokens=1))])[1][0].reason == "length"


def overwrite(path: Path, start: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(start)
        file.write(data)


@pytest.mark.parametrize("noise", [b"\xff", b"\x00"])
def test_overwritten_weights_are_seen_at_the_start_and_made_again(
    tmp_path: Path, noise: bytes
) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2")
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    path = ensure_converted(model, dtype=cpu_dtype()) / "weights.safetensors"
    whole = path.read_bytes()
    header = 8 + int.from_bytes(whole[:8], "little")
    overwrite(path, header, noise * ((len(whole) - header) // 2))
    engine = open_engine(model)
    assert path.read_bytes() == whole
    assert collect(engine, [Request(INFILL, stop=Stop(max_new_tokens=1))])[1][0].reason == "length"


def test_a_model_that_is_damaged_itself_says_so_at_the_start(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2")
    path = tmp_path / "tiny" / "model.safetensors"
    overwrite(path, path.stat().st_size - 2000, b"\xff" * 2000)
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    with pytest.raises(ModelFileError, match="its weights are damaged; remove it"):
        open_engine(model)


def test_weights_that_are_no_numbers_are_a_failure_and_no_text(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2")
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    folder = ensure_converted(model)
    path = folder / "weights.safetensors"
    overwrite(path, path.stat().st_size - 2000, b"\xff" * 2000)
    damaged = LocalEngine("tiny", DenseDecoder(open_weights(folder), 256), Tokenizer.load(folder))
    texts, (end,) = collect(damaged, [Request(INFILL)])
    assert (texts, end.reason) == ([""], "failed")
    assert "damaged" in end.detail


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2")
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    with pytest.raises(LeadsmanError, match="no CUDA device for cuda; use the CPU"):
        open_engine(model, device="cuda")
