"""Models of others behind our engine: the same text as transformers alone, on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from codegen.engine import (
    CancelToken,
    Chat,
    Continuation,
    Finished,
    Infill,
    Message,
    Request,
    Stop,
    TextDelta,
)
from codegen.errors import LeadsmanError, ModelFileError
from codegen.foreign.opening import open_transformers_engine
from codegen.foreign.tokenizer import foreign_tokenizer
from codegen.local_engine import LocalEngine
from codegen.sequence import Sequence
from tests import tiny_models

HOLE = Infill("def add(a, b):\n    return ", "\n")


def write_neox(folder: Path) -> Any:
    """A random model of an architecture that we do not run ourselves."""
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    folder.mkdir()
    vocab = tiny_models.write_tokenizer(folder, ("<|endoftext|>",))
    torch.manual_seed(3)
    config = GPTNeoXConfig(
        vocab_size=vocab,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=256,
        initializer_range=0.2,
        bos_token_id=None,
        eos_token_id=vocab - 1,
    )
    model: Any = GPTNeoXForCausalLM(config).eval().bfloat16()
    model.save_pretrained(folder)
    return model


@pytest.fixture(scope="module")
def neox(tmp_path_factory: pytest.TempPathFactory) -> tuple[LocalEngine, Any, Path]:
    folder = tmp_path_factory.mktemp("models") / "neox"
    model = write_neox(folder)
    stored = tiny_models.stored(folder, folder.parent / "converted")
    return open_transformers_engine(stored, device="cpu"), model, folder


def collect(
    engine: LocalEngine, requests: list[Request], cancel: CancelToken | None = None
) -> tuple[list[str], list[Finished]]:
    texts, ends = [""] * len(requests), {}
    for event in engine.generate(requests, cancel or CancelToken()):
        if isinstance(event, TextDelta):
            texts[event.request_idx] += event.text
        else:
            ends[event.request_idx] = event
    return texts, [ends[i] for i in range(len(requests))]


def test_every_token_is_one_that_transformers_scores_best_without_a_cache(
    neox: tuple[LocalEngine, Any, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, model, folder = neox
    taken: list[int] = []
    accept = Sequence.accept

    def noting(self: Sequence, token_id: int) -> str:
        taken.append(token_id)
        return accept(self, token_id)

    monkeypatch.setattr(Sequence, "accept", noting)
    _, (end,) = collect(engine, [Request(Continuation("for i in"), Stop(20))])
    assert (len(taken), end.tokens.completion, end.reason) == (20, 20, "length")
    prompt = foreign_tokenizer(folder).encode("for i in")
    with torch.inference_mode():
        logits = model(torch.tensor([[*prompt, *taken]])).logits[0].float()
    scores = logits[len(prompt) - 1 : -1]
    behind = scores.max(-1).values - scores.gather(1, torch.tensor(taken)[:, None])[:, 0]
    # Of two that a rounding to bfloat16 parts either may be taken.
    assert float(behind.max()) <= float(scores.std()) * 0.1
    assert float((behind == 0).float().mean()) > 0.7
    assert (engine.info.family, engine.info.weights) == ("gpt_neox", "bfloat16, transformers")


def test_a_model_without_markers_goes_on_from_the_prefix(
    neox: tuple[LocalEngine, Any, Path],
) -> None:
    engine = neox[0]
    holes = [Request(HOLE, Stop(8)), Request(Infill(HOLE.prefix, "# other\n"), Stop(8))]
    texts, _ = collect(engine, [*holes, Request(Continuation(HOLE.prefix), Stop(8))])
    assert texts[0] == texts[1] == texts[2] != ""


def test_a_batch_is_answered_one_by_one_and_cancelling_leaves_the_next_unharmed(
    neox: tuple[LocalEngine, Any, Path],
) -> None:
    engine = neox[0]
    requests = [
        Request(Continuation("for i in"), Stop(12)),
        Request(Chat((Message("user", "add"),)), Stop(12)),
    ]
    together, _ = collect(engine, requests)
    assert together == [collect(engine, [request])[0][0] for request in requests]
    cancel = CancelToken()
    ends: list[Finished] = []
    for event in engine.generate([Request(Continuation("for i in"), Stop(200))], cancel):
        cancel.cancel()
        ends += [event] if isinstance(event, Finished) else []
    assert [end.reason for end in ends] == ["cancelled"]
    assert collect(engine, requests)[0] == together


def test_four_bits_answer_and_say_so(tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is an optional dependency")
    tiny_models.write_model(
        tmp_path / "tiny", "qwen2", sizes={"hidden_size": 64, "intermediate_size": 128}
    )
    stored = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    engine = open_transformers_engine(stored, device="cpu", load_in_4bit=True)
    assert engine.info.weights == "nf4, transformers"
    holes = [Request(HOLE, Stop(8)), Request(Infill(HOLE.prefix, "# other\n"), Stop(8))]
    texts, ends = collect(engine, holes)
    # Qwen's markers tell it of the suffix.
    assert texts[0] != texts[1]
    assert all(end.reason in ("length", "stop_token") for end in ends)


def test_what_transformers_cannot_load_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    write_neox(folder)
    (folder / "model.safetensors").write_bytes(b"\0" * 64)
    stored = tiny_models.stored(folder, tmp_path / "converted")
    with pytest.raises(ModelFileError) as caught:
        open_transformers_engine(stored, device="cpu")
    assert "\n" not in str(caught.value)
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    gguf = tiny_models.stored(folder, tmp_path / "converted")
    object.__setattr__(gguf, "path", file)
    with pytest.raises(LeadsmanError, match="our own backend"):
        open_transformers_engine(gguf, device="cpu")
