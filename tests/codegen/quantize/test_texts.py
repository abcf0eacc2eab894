"""The code that calibration reads and the code that is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from codegen.errors import LeadsmanError
from codegen.quantize.texts import calibration_ids, measured_ids, written_ids
from codegen.tokenizer import Tokenizer, tokenizer_from_hf
from tests import tiny_models
from tests.scripted_engine import ScriptedEngine


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    tiny_models.write_tokenizer(tmp_path, tiny_models.QWEN_MARKERS)
    return tokenizer_from_hf(tmp_path)


def test_calibration_asks_as_the_product_does_and_is_the_same_twice(tokenizer: Tokenizer) -> None:
    ids = calibration_ids(tokenizer, 8, "qwen2")
    assert ids.shape == (8, 512)
    hole, turn = (tokenizer.special_id(name) for name in ("<|fim_middle|>", "<|im_start|>"))
    for i, row in enumerate(ids.tolist()):
        assert (hole in row) <= (i % 4 in (0, 2))
        assert (turn in row) <= (i % 4 == 3)
    assert hole in ids[::2].flatten().tolist()
    assert turn in ids[3::4].flatten().tolist()
    assert torch.equal(ids, calibration_ids(tokenizer, 8, "qwen2"))


def test_what_is_written_is_whole_sequences_of_questions_and_holes(tokenizer: Tokenizer) -> None:
    ids, again = (
        written_ids(tokenizer, "qwen2", ScriptedEngine(lambda request: ["text"]), 12)
        for _ in range(2)
    )
    assert ids.shape[1] == 512
    assert len(ids) > 1
    hole, turn = (tokenizer.special_id(name) for name in ("<|fim_middle|>", "<|im_start|>"))
    assert {hole, turn} < set(ids.flatten().tolist())
    assert torch.equal(ids, again)


def test_a_model_without_prompts_is_calibrated_on_plain_code(tokenizer: Tokenizer) -> None:
    ids = calibration_ids(tokenizer, 8, "unheard-of")
    assert ids.shape == (8, 512)
    assert not any(tokenizer.is_special(i) for i in ids.flatten().tolist())


def test_what_is_measured_is_other_code_than_what_calibrates(tokenizer: Tokenizer) -> None:
    calibrated = {tuple(row) for row in calibration_ids(tokenizer, 8, "qwen2").tolist()}
    measured = measured_ids(tokenizer, 8)
    assert measured.shape == (8, 512)
    assert calibrated.isdisjoint(tuple(row) for row in measured.tolist())
    assert torch.equal(measured, measured_ids(tokenizer, 8))


def test_more_code_than_there_is_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(LeadsmanError, match="ask for fewer"):
        measured_ids(tokenizer, 1_000_000)
