"""Conversations as the published templates render them."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.engine import Message
from codegen.errors import PromptError
from codegen.prompt.chat import Marker, chat_parts
from codegen.prompt.family import Family, detect_family
from tests import tiny_tokenizers as tiny

SHORT = (Message("user", "Hi"),)
LONG = (
    Message("system", "Be short."),
    Message("user", "a"),
    Message("assistant", "b"),
    Message("user", "c"),
)
DEEPSEEK_SYSTEM = (
    "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek"
    " Company, and you only answer questions related to computer science. For politically sensitive"
    " questions, security and privacy issues, and other non-computer science questions, you will"
    " refuse to answer\n"
)


def rendered(family: Family, messages: tuple[Message, ...]) -> str:
    parts = chat_parts(family, messages)
    return "".join(part.content if isinstance(part, Marker) else part for part in parts)


def test_qwen_adds_its_system_sentence_where_none_comes_first() -> None:
    family = detect_family("qwen2", tiny.qwen())
    system = (
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud."
        " You are a helpful assistant.<|im_end|>\n"
    )
    turn = "<|im_start|>user\nHi<|im_end|>\n"
    assert rendered(family, SHORT) == f"{system}{turn}<|im_start|>assistant\n"
    late = (Message("user", "x"), Message("system", "y"), *SHORT)
    assert rendered(family, late).startswith(system)


def test_qwen_renders_every_turn() -> None:
    assert rendered(detect_family("qwen2", tiny.qwen()), LONG) == (
        "<|im_start|>system\nBe short.<|im_end|>\n<|im_start|>user\na<|im_end|>\n"
        "<|im_start|>assistant\nb<|im_end|>\n<|im_start|>user\nc<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


def test_deepseek_coder_has_its_fixed_system_sentence(tmp_path: Path) -> None:
    family = detect_family("llama", tiny.deepseek_v1(tmp_path))
    assert rendered(family, SHORT) == (
        f"<｜begin▁of▁sentence｜>{DEEPSEEK_SYSTEM}### Instruction:\nHi\n### Response:\n"
    )


def test_deepseek_coder_renders_every_turn(tmp_path: Path) -> None:
    assert rendered(detect_family("llama", tiny.deepseek_v1(tmp_path)), LONG) == (
        "<｜begin▁of▁sentence｜>Be short.### Instruction:\na\n### Response:\nb\n<|EOT|>\n"
        "### Instruction:\nc\n### Response:\n"
    )


def test_deepseek_coder_v2_ends_without_a_space(tmp_path: Path) -> None:
    family = detect_family("deepseek2", tiny.deepseek_v2(tmp_path))
    assert rendered(family, SHORT) == "<｜begin▁of▁sentence｜>User: Hi\n\nAssistant:"
    assert rendered(family, LONG) == (
        "<｜begin▁of▁sentence｜>Be short.\n\nUser: a\n\nAssistant: b<｜end▁of▁sentence｜>"
        "User: c\n\nAssistant:"
    )


@pytest.mark.parametrize("messages", [(), LONG[:1], LONG[:3]])
def test_a_chat_that_waits_for_no_answer_is_refused(messages: tuple[Message, ...]) -> None:
    with pytest.raises(PromptError, match="last message"):
        chat_parts(detect_family("qwen2", tiny.qwen()), messages)
