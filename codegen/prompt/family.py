"""Which prompt a model understands, decided by its architecture and its vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from codegen.errors import UnsupportedModel
from codegen.tokenizer import Tokenizer

FamilyName = Literal["qwen2.5-coder", "deepseek-coder", "deepseek-coder-v2"]


@dataclass(frozen=True, slots=True)
class Family:
    """The markers of a model family, by their spelling; the vocabulary has the ids.

    An infill prompt is bos, fim_prefix, the prefix, fim_suffix, the suffix, fim_middle.
    required: what the prompts are made of. stops: where generation ends, as far as the vocabulary
    has them.
    """

    name: FamilyName
    bos: str | None
    fim_prefix: str
    fim_suffix: str
    fim_middle: str
    required: tuple[str, ...]
    stops: tuple[str, ...]


_QWEN_FIM = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>")
_QWEN_TURNS = ("<|im_start|>", "<|im_end|>")
_DEEPSEEK_ENDS = ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>")
_DEEPSEEK_FIM = ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>")

_BY_ARCHITECTURE = {
    "qwen2": Family(
        "qwen2.5-coder",
        None,
        *_QWEN_FIM,
        required=_QWEN_FIM + _QWEN_TURNS,
        stops=(
            *_QWEN_FIM,
            *_QWEN_TURNS,
            "<|endoftext|>",
            "<|fim_pad|>",
            "<|repo_name|>",
            "<|file_sep|>",
        ),
    ),
    "llama": Family(
        "deepseek-coder",
        _DEEPSEEK_ENDS[0],
        *_DEEPSEEK_FIM,
        required=(*_DEEPSEEK_ENDS, *_DEEPSEEK_FIM, "<|EOT|>"),
        stops=(
            *_DEEPSEEK_ENDS,
            *_DEEPSEEK_FIM,
            "<|EOT|>",
            "<pad>",
            "<|User|>",
            "<|Assistant|>",
        ),
    ),
    "deepseek2": Family(
        "deepseek-coder-v2",
        _DEEPSEEK_ENDS[0],
        *_DEEPSEEK_FIM,
        required=_DEEPSEEK_ENDS + _DEEPSEEK_FIM,
        stops=(*_DEEPSEEK_ENDS, *_DEEPSEEK_FIM, "<|EOT|>", "<｜User｜>", "<｜Assistant｜>"),
    ),
}


def family_named(name: str) -> Family | None:
    """The family of that name."""
    return next((family for family in _BY_ARCHITECTURE.values() if family.name == name), None)


def detect_family(architecture: str, tokenizer: Tokenizer) -> Family:
    """The family of a model, never guessed from the name of a file.

    Raises:
        UnsupportedModel: if no family has this architecture and these markers.
    """
    family = _BY_ARCHITECTURE.get(architecture)
    if family is None:
        raise UnsupportedModel(
            f"no prompts are known for the architecture {architecture!r};"
            f" known: {', '.join(_BY_ARCHITECTURE)}"
        )
    missing = [marker for marker in family.required if tokenizer.special_id(marker) is None]
    if missing:
        raise UnsupportedModel(
            f"the model has the architecture {architecture!r} but no token {missing[0]},"
            f" so it is no {family.name} model and no prompts are known for it"
        )
    return family
