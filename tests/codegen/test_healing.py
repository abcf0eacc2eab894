"""Taking the last token back: what may be spelled, and what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from codegen.healing import Healing, SpellingIndex
from codegen.tokenizer import Tokenizer, tokenizer_from_hf
from tests import tiny_models


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    folder: Path = tmp_path_factory.mktemp("tokenizer")
    tiny_models.write_tokenizer(folder, tiny_models.QWEN_MARKERS)
    return tokenizer_from_hf(folder)


@pytest.fixture(scope="module")
def index(tokenizer: Tokenizer) -> SpellingIndex:
    return SpellingIndex(tokenizer)


@settings(max_examples=60)
@given(required=st.sampled_from([b" ", b"   ", b"re", b"return", b"\xc3", b"\xff", b"(", b"def a"]))
def test_exactly_the_tokens_that_agree_are_allowed(
    tokenizer: Tokenizer, index: SpellingIndex, required: bytes
) -> None:
    spelled = {i: tokenizer.token_bytes(i) for i in range(tokenizer.n_tokens)}
    agreeing = {
        i
        for i, text in spelled.items()
        if text and (text.startswith(required) or required.startswith(text))
    }
    assert set(index.ids(required).tolist()) == agreeing


def test_the_bytes_are_spelled_and_then_the_model_is_free(
    tokenizer: Tokenizer, index: SpellingIndex
) -> None:
    generator = torch.Generator().manual_seed(0)
    for required in (b"    ", b"retu", b"\xc3\xa9"):
        healing, written = Healing(index, required), b""
        while len(written) < len(required):
            logits = healing.restrict(torch.randn(tokenizer.n_tokens, generator=generator))
            token = tokenizer.token_bytes(int(logits.argmax()))
            healing.accept(token)
            written += token
        assert written.startswith(required)
        logits = torch.randn(tokenizer.n_tokens, generator=generator)
        assert healing.restrict(logits) is logits


def test_a_stop_token_is_forbidden_until_the_bytes_are_there(
    tokenizer: Tokenizer, index: SpellingIndex
) -> None:
    stop = tokenizer.special_id("<|im_end|>")
    assert stop is not None
    logits = torch.zeros(tokenizer.n_tokens)
    logits[stop] = 100.0
    assert Healing(index, b" ").restrict(logits)[stop] == -torch.inf
