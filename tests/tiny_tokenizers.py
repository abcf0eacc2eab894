"""Tokenizers with a few hundred words, the real markers and, for DeepSeek, the real ids."""

from __future__ import annotations

import json
from pathlib import Path

from codegen.tokenizer import Tokenizer, tokenizer_from_gguf, tokenizer_from_hf
from codegen.tokenizer_splits import normalizer_named, pre_tokenizer_named
from codegen.tokenizer_vocabulary import BYTE_OF

QWEN_MARKERS = (
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|fim_prefix|>",
    "<|fim_middle|>",
    "<|fim_suffix|>",
    "<|fim_pad|>",
    "<|repo_name|>",
    "<|file_sep|>",
)
DEEPSEEK_V1_MARKERS = {
    "<｜begin▁of▁sentence｜>": 32013,
    "<｜end▁of▁sentence｜>": 32014,
    "<｜fim▁hole｜>": 32015,
    "<｜fim▁begin｜>": 32016,
    "<｜fim▁end｜>": 32017,
    "<pad>": 32018,
    "<|User|>": 32019,
    "<|Assistant|>": 32020,
    "<|EOT|>": 32021,
}
# The characters that DeepSeek-Coder v1 has as added tokens, in the order of their ids.
DEEPSEEK_V1_LITERALS = {content: 32000 + i for i, content in enumerate("õ÷ÁýÀÿøúþüùöû")}
DEEPSEEK_V2_MARKERS = {
    "<｜begin▁of▁sentence｜>": 100000,
    "<｜end▁of▁sentence｜>": 100001,
    "<｜fim▁hole｜>": 100002,
    "<｜fim▁begin｜>": 100003,
    "<｜fim▁end｜>": 100004,
}
_MERGES = ["d e", "de f", "Ġ Ġ", "ĠĠ ĠĠ", "r e", "re t", "i n", "p r", "pr in", "prin t"]


def words_and_merges(without: str = "") -> tuple[dict[str, int], list[str]]:
    """The 256 bytes, less those written as one of `without`, and ten merges."""
    words = [character for character in BYTE_OF if character not in without]
    words += [merge.replace(" ", "") for merge in _MERGES]
    return {word: i for i, word in enumerate(words)}, list(_MERGES)


def gguf_metadata(markers: tuple[str, ...] = QWEN_MARKERS, pre: str = "qwen2") -> dict[str, object]:
    """The tokenizer's part of a GGUF header; the markers come behind the words."""
    words, merges = words_and_merges()
    return {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": pre,
        "tokenizer.ggml.tokens": [*words, *markers],
        "tokenizer.ggml.token_type": [1] * len(words) + [3] * len(markers),
        "tokenizer.ggml.merges": merges,
    }


def hf_spec(pre: str, markers: dict[str, int], literals: dict[str, int]) -> dict[str, object]:
    """A tokenizer.json as DeepSeek publishes it: only the sentence ends are flagged special."""
    words, merges = words_and_merges(without="".join(literals))
    added = {**literals, **markers}
    flags = {"normalized": True, "single_word": False, "lstrip": False, "rstrip": False}
    return {
        "version": "1.0",
        "truncation": {"max_length": 4, "strategy": "LongestFirst", "stride": 0},
        "added_tokens": [
            {"id": i, "content": c, "special": "sentence" in c or "EOT" in c, **flags}
            for c, i in added.items()
        ],
        "normalizer": normalizer_named(pre),
        "pre_tokenizer": pre_tokenizer_named(pre),
        "model": {"type": "BPE", "vocab": words, "merges": merges},
    }


def write_spec(folder: Path, spec: object) -> Path:
    """Puts a tokenizer.json into `folder`."""
    (folder / "tokenizer.json").write_text(json.dumps(spec), encoding="utf-8")
    return folder


def qwen() -> Tokenizer:
    """Qwen2.5-Coder's markers behind 266 words."""
    return tokenizer_from_gguf(gguf_metadata())


def deepseek_v1(folder: Path) -> Tokenizer:
    """DeepSeek-Coder's markers and added characters with their real ids."""
    spec = hf_spec("deepseek-coder", DEEPSEEK_V1_MARKERS, DEEPSEEK_V1_LITERALS)
    return tokenizer_from_hf(write_spec(folder, spec))


def deepseek_v2(folder: Path) -> Tokenizer:
    """DeepSeek-Coder-V2's markers with their real ids."""
    return tokenizer_from_hf(write_spec(folder, hf_spec("deepseek-llm", DEEPSEEK_V2_MARKERS, {})))
