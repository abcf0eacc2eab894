"""The code that calibration reads and the code that is measured."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from codegen.errors import LeadsmanError
from codegen.quantize.texts import calibration_ids, hole_markers, measured_ids, with_hole
from codegen.tokenizer import Tokenizer, tokenizer_from_hf
from tests import tiny_models


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    tiny_models.write_tokenizer(tmp_path, tiny_models.QWEN_MARKERS)
    return tokenizer_from_hf(tmp_path)


def test_every_second_sequence_has_a_hole_that_its_end_fills(tokenizer: Tokenizer) -> None:
    ids = calibration_ids(tokenizer, 6)
    markers = hole_markers(tokenizer)
    assert ids.shape == (6, 512)
    assert markers is not None
    for i, sequence in enumerate(ids.tolist()):
        assert all(sequence.count(marker) == i % 2 for marker in markers)


def test_a_hole_takes_nothing_away(tokenizer: Tokenizer) -> None:
    plain = torch.arange(512)
    starts = set()
    for hole in range(1, 40):
        tokens = with_hole(plain, (1001, 1002, 1003), hole).tolist()
        first, second, third = (tokens.index(marker) for marker in (1001, 1002, 1003))
        prefix, suffix, middle = tokens[1:second], tokens[second + 1 : third], tokens[third + 1 :]
        assert first == 0
        assert prefix + middle + suffix == list(range(509))
        assert len(prefix) >= 64
        assert len(suffix) >= 64
        assert 8 <= len(middle) <= 64
        starts.add(len(prefix))
    assert len(starts) > 20


def test_what_is_measured_is_other_code_than_what_calibrates(tokenizer: Tokenizer) -> None:
    calibrated = {tuple(row) for row in calibration_ids(tokenizer, 8).tolist()}
    measured = measured_ids(tokenizer, 8)
    assert measured.shape == (8, 512)
    assert calibrated.isdisjoint(tuple(row) for row in measured.tolist())
    assert torch.equal(measured, measured_ids(tokenizer, 8))


def test_more_code_than_there_is_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(LeadsmanError, match="ask for fewer"):
        measured_ids(tokenizer, 1_000_000)
