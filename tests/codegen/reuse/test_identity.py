"""The same text whether a prompt was read before or not, and whether it is drafted or not."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from codegen.decoder import DenseDecoder
from codegen.drafts.gate import Gate
from codegen.engine import (
    Budget,
    CancelToken,
    Continuation,
    Finished,
    Infill,
    Prompt,
    Request,
    Sampling,
    Stop,
    TextDelta,
)
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.local_engine import LocalEngine
from codegen.tokenizer import Tokenizer
from tests import tiny_models

KEPT = 1 << 30
KINDS = ("qwen2", "deepseek-coder", "llama-gqa")
SOURCE = Path(__file__).parents[3].joinpath("codegen", "engine.py").read_text("utf-8")


def tiny(folder: Path, kind: str, gate: Gate) -> LocalEngine:
    if not (folder / "tiny").exists():
        tiny_models.write_model(folder / "tiny", kind)
    model = tiny_models.stored(folder / "tiny", folder / "converted")
    # In float32 a batch of tokens and a single one round alike, so that texts can be compared.
    converted = ensure_converted(model, dtype=torch.float32)
    decoder = DenseDecoder(open_weights(converted), 512)
    return LocalEngine("tiny", decoder, Tokenizer.load(converted), gate=gate)


def answer(
    engine: LocalEngine,
    prompt: Prompt,
    kept: int,
    n_new: int = 24,
    *,
    n_suffix: int = 60,
    temperature: float = 0.0,
) -> tuple[str, Finished]:
    budget = Budget(prefix_tokens=200, suffix_tokens=n_suffix)
    sampling = Sampling(temperature, seed=3)
    request = Request(prompt, Stop(n_new), sampling, budget, kept_bytes=kept)
    text = ""
    for event in engine.generate([request], CancelToken()):
        if isinstance(event, Finished):
            return text, event
        text += event.text
    raise AssertionError("no end")


def edits(rng: random.Random, n: int) -> Sequence[Infill]:
    """What an editor would ask while somebody types, deletes, jumps and accepts."""
    text = SOURCE[: rng.randrange(200, 2000)]
    at = rng.randrange(len(text))
    asked = []
    for _ in range(n):
        act = rng.random()
        if act < 0.6:
            typed = rng.choice(["x", " = ", "self.", "\n    ", "return ", "(", "def f"])
            text, at = text[:at] + typed + text[at:], at + len(typed)
        elif act < 0.8:
            n_gone = min(at, rng.randrange(1, 12))
            text, at = text[: at - n_gone] + text[at:], at - n_gone
        elif act < 0.95:
            at = rng.randrange(len(text) + 1)
        else:
            text = SOURCE[rng.randrange(3000) :][: rng.randrange(50, 2000)]
            at = len(text) // 2
        asked.append(Infill(text[:at], text[at:]))
    return asked


@pytest.mark.parametrize("kind", KINDS)
def test_random_edits_get_the_text_of_a_cold_start(tmp_path: Path, kind: str) -> None:
    warm = tiny(tmp_path, kind, Gate(least_gain=0.0))
    cold = tiny(tmp_path, kind, Gate(least_gain=math.inf))
    rng = random.Random(kind)
    n_reused = n_drafted = 0
    for prompt in edits(rng, 40):
        expected, _ = answer(cold, prompt, kept=0)
        actual, end = answer(warm, prompt, kept=KEPT)
        assert actual == expected
        n_reused += end.tokens.reused > 0
        n_drafted += end.tokens.drafted
    assert n_reused > 25
    assert n_drafted > 10, "the drafts were never tried"


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_that_stands_there_already_is_drafted_and_stays_the_same(
    tmp_path: Path, kind: str
) -> None:
    off, on = (tiny(tmp_path, kind, Gate(least_gain=gain)) for gain in (math.inf, 0.0))
    expected, plain = answer(off, Infill("print(i)", ""), 0, 120, n_suffix=0)
    # The prompt is the same, but what will be written can be looked up now.
    actual, drafted = answer(on, Infill("print(i)", expected), 0, 120, n_suffix=0)
    assert actual == expected
    assert plain.reason == drafted.reason
    assert plain.tokens.completion == drafted.tokens.completion
    assert (plain.tokens.drafted, plain.tokens.accepted) == (0, 0)
    assert drafted.tokens.accepted > 0


def test_sampling_is_never_drafted(tmp_path: Path) -> None:
    engine = tiny(tmp_path, "qwen2", Gate(least_gain=0.0))
    _, end = answer(engine, Continuation("print(i)\n" * 9), 0, 60, temperature=0.7)
    assert end.tokens.drafted == 0


def test_a_limit_inside_a_draft_ends_the_text_where_it_would_have_ended(tmp_path: Path) -> None:
    off, on = (tiny(tmp_path, "qwen2", Gate(least_gain=gain)) for gain in (math.inf, 0.0))
    prompt = Continuation("print(i)\n" * 9)
    for n_new in range(1, 40):
        expected, plain = answer(off, prompt, 0, n_new)
        actual, end = answer(on, prompt, KEPT, n_new)
        assert (actual, end.reason) == (expected, plain.reason)
        assert end.tokens.completion == plain.tokens.completion


def test_a_cancelled_prompt_is_read_on_from_where_it_was_left(tmp_path: Path) -> None:
    engine = tiny(tmp_path, "qwen2", Gate())
    text = SOURCE[:450]
    cancel = CancelToken()
    request = Request(Continuation(text), Stop(4), kept_bytes=KEPT)
    cold, _ = answer(engine, Continuation(text), 0, 4)
    checks = 0

    class AfterAPiece(CancelToken):
        """Loses interest in the second piece's second layer."""

        def check(self) -> None:
            nonlocal checks
            checks += 1
            if checks == 6:
                cancel.cancel()
            cancel.check()

    (end,) = engine.generate([request], AfterAPiece())
    assert isinstance(end, Finished)
    assert end.reason == "cancelled"
    warm, end = answer(engine, Continuation(text), KEPT, 4)
    assert end.tokens.reused == 256
    assert warm == cold


def test_reading_ahead_writes_nothing_and_is_found(tmp_path: Path) -> None:
    engine = tiny(tmp_path, "qwen2", Gate())
    prompt = Infill(SOURCE[:300], "\n")
    text, end = answer(engine, prompt, KEPT, n_new=0)
    assert (text, end.reason, end.tokens.completion) == ("", "length", 0)
    assert engine.kept.n_tokens == end.tokens.prompt
    _, after = answer(engine, prompt, KEPT)
    assert after.tokens.reused == after.tokens.prompt - 1


def test_a_reader_that_stops_listening_leaves_whole_caches(tmp_path: Path) -> None:
    engine = tiny(tmp_path, "qwen2", Gate(least_gain=0.0))
    prompt = Continuation("print(i)\n" * 9)
    whole, _ = answer(engine, prompt, 0, 60)
    for n_events in range(1, 12):
        events = engine.generate([Request(prompt, Stop(60), kept_bytes=KEPT)], CancelToken())
        for _ in range(n_events):
            next(events)
        events.close()  # type: ignore[attr-defined]  # It is a generator.
    text, end = answer(engine, prompt, KEPT, 60)
    assert text == whole
    assert end.tokens.reused > 0


def test_batches_neither_find_nor_keep_anything(tmp_path: Path) -> None:
    engine = tiny(tmp_path, "qwen2", Gate())
    request = Request(Continuation("print"), Stop(3), kept_bytes=KEPT)
    events = list(engine.generate([request, request], CancelToken()))
    ends = [event for event in events if isinstance(event, Finished)]
    assert [end.tokens.reused for end in ends] == [0, 0]
    assert engine.kept.n_slots == 0
    assert any(isinstance(event, TextDelta) for event in events)


def test_a_closed_engine_holds_nothing(tmp_path: Path) -> None:
    engine = tiny(tmp_path, "qwen2", Gate())
    answer(engine, Continuation("print"), KEPT)
    assert engine.kept.n_slots == 1
    assert engine.kept.n_bytes > 0
    engine.close()
    assert engine.kept.n_slots == 0
