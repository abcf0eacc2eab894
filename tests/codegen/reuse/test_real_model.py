"""The real 0.5B: edits get the text of a cold start, and drafts change nothing."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from codegen.decoder import DenseDecoder
from codegen.drafts.gate import Gate
from codegen.engine import Budget, CancelToken, Finished, Infill, Request, Stop
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.local_engine import LocalEngine
from codegen.store.model import StoredModel
from codegen.tokenizer import Tokenizer

pytestmark = pytest.mark.model

SOURCE = Path(__file__).parents[3].joinpath("codegen", "engine.py").read_text("utf-8")


def in_float32(part: Any) -> Any:
    """Weights in which tokens read together and one by one round alike."""
    if isinstance(part, Tensor):
        return part.float()
    if isinstance(part, (list, tuple)):
        return type(part)(in_float32(one) for one in part)
    if is_dataclass(part) and not isinstance(part, type):
        names = [field.name for field in fields(part) if field.init]
        changed = {name: in_float32(getattr(part, name)) for name in names}
        return replace(part, **changed) if any(map(holds_tensors, changed.values())) else part
    return part


def holds_tensors(part: Any) -> bool:
    if isinstance(part, (list, tuple)):
        return any(map(holds_tensors, part))
    return isinstance(part, Tensor) or is_dataclass(part)


@pytest.fixture(scope="module")
def engines(default_model: StoredModel) -> tuple[LocalEngine, LocalEngine]:
    folder = ensure_converted(default_model)
    weights = in_float32(open_weights(folder))
    tokenizer = Tokenizer.load(folder)
    cold, warm = (
        LocalEngine("0.5b", DenseDecoder(weights, 1024), tokenizer, gate=Gate(least_gain=gain))
        for gain in (math.inf, 0.0)
    )
    return cold, warm


def answer(engine: LocalEngine, prefix: str, suffix: str, kept: int) -> tuple[str, Finished]:
    budget = Budget(prefix_tokens=160, suffix_tokens=24)
    request = Request(Infill(prefix, suffix), Stop(16), budget=budget, kept_bytes=kept)
    *deltas, end = engine.generate([request], CancelToken())
    assert isinstance(end, Finished)
    return "".join(delta.text for delta in deltas if not isinstance(delta, Finished)), end


def test_typing_gets_the_text_of_a_cold_start_with_fewer_tokens_read(
    engines: tuple[LocalEngine, LocalEngine],
) -> None:
    cold, warm = engines
    at = SOURCE.index("def cancel(self)")
    before, after = SOURCE[:at], SOURCE[at + len("def cancel(self) -> None:") :]
    n_reused = n_drafted = 0
    for typed in ("def", "def can", "def cancel(", "def cancel(self", "def cancel(self) -> "):
        expected, _ = answer(cold, before + typed, after, 0)
        actual, end = answer(warm, before + typed, after, 1 << 30)
        assert actual == expected
        n_reused += end.tokens.reused
        n_drafted += end.tokens.drafted
    assert n_reused > 300
    assert n_drafted > 0
