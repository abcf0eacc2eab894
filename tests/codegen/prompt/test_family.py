"""The architecture and the vocabulary decide the family."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.errors import UnsupportedModel
from codegen.prompt.family import detect_family
from codegen.tokenizer import tokenizer_from_gguf
from tests import tiny_tokenizers as tiny


def test_each_architecture_with_its_markers_is_a_family(tmp_path: Path) -> None:
    assert detect_family("qwen2", tiny.qwen()).name == "qwen2.5-coder"
    assert detect_family("llama", tiny.deepseek_v1(tmp_path)).name == "deepseek-coder"
    assert detect_family("deepseek2", tiny.deepseek_v2(tmp_path)).name == "deepseek-coder-v2"


def test_an_unknown_architecture_is_unsupported() -> None:
    with pytest.raises(UnsupportedModel, match="'phi3'"):
        detect_family("phi3", tiny.qwen())


def test_a_llama_without_deepseeks_markers_is_unsupported() -> None:
    with pytest.raises(UnsupportedModel, match="begin▁of▁sentence"):
        detect_family("llama", tiny.qwen())


@pytest.mark.parametrize("missing", ["<|fim_middle|>", "<|im_start|>"])
def test_a_qwen_without_one_of_its_markers_is_unsupported(missing: str) -> None:
    markers = tuple(marker for marker in tiny.QWEN_MARKERS if marker != missing)
    with pytest.raises(UnsupportedModel, match=missing.strip("<|>")):
        detect_family("qwen2", tokenizer_from_gguf(tiny.gguf_metadata(markers)))
