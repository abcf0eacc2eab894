"""Conversations in the form that each family's instruct models were trained on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from codegen.engine import Message
from codegen.errors import PromptError
from codegen.prompt.family import Family, FamilyName


@dataclass(frozen=True, slots=True)
class Marker:
    """A special token, as opposed to text that may be spelled like one."""

    content: str


Part = Marker | str

_QWEN_SYSTEM = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."
# The published sentence ends without a full stop.
_DEEPSEEK_SYSTEM = (
    "You are an AI programming assistant, utilizing the Deepseek Coder model, developed by Deepseek"
    " Company, and you only answer questions related to computer science. For politically sensitive"
    " questions, security and privacy issues, and other non-computer science questions, you will"
    " refuse to answer\n"
)


def chat_parts(family: Family, messages: Sequence[Message]) -> list[Part]:
    """The conversation up to where the assistant's next turn begins.

    Raises:
        PromptError: if the last message is not the user's.
    """
    if not messages or messages[-1].role != "user":
        last = messages[-1].role if messages else "nobody"
        raise PromptError(f"the last message of a chat must be the user's, not from {last}")
    return _TEMPLATES[family.name](messages)


def _qwen(messages: Sequence[Message]) -> list[Part]:
    start, end = Marker("<|im_start|>"), Marker("<|im_end|>")
    if messages[0].role != "system":
        messages = (Message("system", _QWEN_SYSTEM), *messages)
    parts: list[Part] = []
    for message in messages:
        parts += [start, f"{message.role}\n{message.text}", end, "\n"]
    return [*parts, start, "assistant\n"]


def _deepseek_coder(messages: Sequence[Message]) -> list[Part]:
    parts: list[Part] = [Marker("<｜begin▁of▁sentence｜>")]
    if all(message.role != "system" for message in messages):
        parts.append(_DEEPSEEK_SYSTEM)
    for message in messages:
        if message.role == "system":
            # The published template puts nothing, not even a line end, behind it.
            parts.append(message.text)
        elif message.role == "user":
            parts.append(f"### Instruction:\n{message.text}\n")
        else:
            parts += [f"### Response:\n{message.text}\n", Marker("<|EOT|>"), "\n"]
    return [*parts, "### Response:\n"]


def _deepseek_coder_v2(messages: Sequence[Message]) -> list[Part]:
    parts: list[Part] = [Marker("<｜begin▁of▁sentence｜>")]
    for message in messages:
        if message.role == "system":
            parts.append(f"{message.text}\n\n")
        elif message.role == "user":
            parts.append(f"User: {message.text}\n\n")
        else:
            parts += [f"Assistant: {message.text}", Marker("<｜end▁of▁sentence｜>")]
    # A space behind the colon garbles the answer: the model writes it as part of its first word.
    return [*parts, "Assistant:"]


_TEMPLATES: dict[FamilyName, Callable[[Sequence[Message]], list[Part]]] = {
    "qwen2.5-coder": _qwen,
    "deepseek-coder": _deepseek_coder,
    "deepseek-coder-v2": _deepseek_coder_v2,
}
