"""The rows of an embedding that a file holds beside the head."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from codegen.quantize.kept_rows import FREQUENT, kept_rows
from codegen.tokenizer import Tokenizer, tokenizer_from_hf
from tests import tiny_models


@pytest.fixture
def tokenizer(tmp_path: Path) -> Tokenizer:
    tiny_models.write_tokenizer(tmp_path, tiny_models.QWEN_MARKERS)
    return tokenizer_from_hf(tmp_path)


def test_the_frequent_tokens_and_the_markers_are_kept(tokenizer: Tokenizer) -> None:
    embed = torch.randn(400, 32, generator=torch.Generator().manual_seed(1)).bfloat16()
    kept = kept_rows(embed, tokenizer)
    rows = kept.rows.tolist()
    assert rows == sorted(set(rows))
    assert set(rows) >= set(range(400 // FREQUENT))
    markers = {tokenizer.special_id(marker) for marker in tiny_models.QWEN_MARKERS}
    assert set(rows) - set(range(400 // FREQUENT)) == markers
    put = kept.put_into(torch.zeros_like(embed))
    own = kept.rows.long()
    error = (put[own] - embed[own]).float().norm() / embed[own].float().norm()
    assert float(error) < 0.01
    put[own] = 0
    assert not bool(put.any())


def test_a_damaged_embedding_is_refused(tokenizer: Tokenizer) -> None:
    embed = torch.zeros(400, 32)
    embed[0, 3] = torch.nan
    with pytest.raises(ValueError, match="NaN"):
        kept_rows(embed, tokenizer)
