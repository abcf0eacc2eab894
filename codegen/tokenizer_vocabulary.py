"""What a tokenizer file says, checked, before the tokenizer is built from it.

Which tokens are markers? A marker steers the model and must never come out of a user's text. A
token is one when

- the file flags it: `"special": true`, or a GGUF type of control, unknown or unused; or
- it was added to the vocabulary by hand and is spelled `<...>` without white space. DeepSeek-Coder
  ships `<｜fim▁begin｜>` and Qwen `<tool_call>` with `"special": false`, and both steer the model.

Any other added token is a literal: ordinary text that the publisher's tokenizer matches before it
splits words, such as the `õ` and `÷` of DeepSeek-Coder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from codegen.errors import ModelFileError

MAX_TOKENS = 1 << 20  # The largest vocabulary in use has about 2**18 tokens.

_BRACKETED = re.compile(r"<\S+>")


def is_marker(content: str, flagged: bool) -> bool:
    """Whether an added token steers the model instead of standing for its own spelling."""
    return flagged or _BRACKETED.fullmatch(content) is not None


def _byte_alphabet() -> dict[str, int]:
    # Byte-level BPE writes each byte as one printable character: itself where Latin-1 prints it,
    # else the next free character from U+0100 on.
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = (byte for byte in range(256) if byte not in printable)
    alphabet = {chr(byte): byte for byte in printable}
    alphabet.update({chr(0x100 + i): byte for i, byte in enumerate(others)})
    return alphabet


BYTE_OF = _byte_alphabet()
# 0xC0, 0xC1 and 0xF5 to 0xFF occur in no UTF-8 text; DeepSeek-Coder has no tokens for them.
_UTF8_CHARACTERS = [c for c, byte in BYTE_OF.items() if byte < 0xC0 or 0xC2 <= byte <= 0xF4]


def spelled_bytes(word: str) -> bytes:
    """The bytes that a word of a byte-level vocabulary stands for."""
    try:
        return bytes(map(BYTE_OF.__getitem__, word))
    except KeyError:
        return word.encode(errors="replace")


@dataclass(frozen=True, slots=True)
class Literal:
    """An added token that stands for its own spelling, with its matching flags."""

    content: str
    token_id: int
    normalized: bool = False
    single_word: bool = False
    lstrip: bool = False
    rstrip: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A byte-level BPE vocabulary and its rules for cutting text into words.

    words and merges are written in the byte alphabet, contents of literals and markers in plain
    text. normalizer and pre_tokenizer are components in the notation of tokenizer.json.

    Raises:
        ModelFileError: if the parts contradict each other or cannot encode every text.
    """

    words: Mapping[str, int]
    merges: Sequence[tuple[str, str]]
    literals: Sequence[Literal]
    markers: Mapping[str, int]
    normalizer: Mapping[str, object] | None
    pre_tokenizer: Mapping[str, object]
    n_tokens: int
    ignore_merges: bool = False
    literal_ids: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        literal_ids = {literal.content: literal.token_id for literal in self.literals}
        object.__setattr__(self, "literal_ids", literal_ids)
        self._check_ids()
        self._check_merges()
        missing = [c for c in _UTF8_CHARACTERS if c not in self.words]
        if missing:
            raise ModelFileError(
                f"the tokenizer cannot spell {len(missing)} of the 243 bytes of UTF-8 (first:"
                f" 0x{BYTE_OF[missing[0]]:02x}); get a complete model file"
            )

    def to_json(self) -> str:
        """The vocabulary without its markers as a tokenizer.json, which `tokenizers` can read."""
        added = [
            {
                "id": literal.token_id,
                "content": literal.content,
                "single_word": literal.single_word,
                "lstrip": literal.lstrip,
                "rstrip": literal.rstrip,
                "normalized": literal.normalized,
                "special": False,
            }
            for literal in self.literals
        ]
        model = {
            "type": "BPE",
            "ignore_merges": self.ignore_merges,
            # An added token takes its id from here; outside, it would get the next free one.
            "vocab": {**self.words, **self.literal_ids},
            "merges": self.merges,
        }
        return json.dumps(
            {
                "version": "1.0",
                "truncation": None,
                "padding": None,
                "added_tokens": added,
                "normalizer": self.normalizer,
                "pre_tokenizer": self.pre_tokenizer,
                "post_processor": None,
                "decoder": None,
                "model": model,
            },
            ensure_ascii=False,
        )

    def _check_ids(self) -> None:
        if self.n_tokens > MAX_TOKENS:
            raise ModelFileError(
                f"the tokenizer has {self.n_tokens} tokens, more than the limit of {MAX_TOKENS}"
            )
        content_of: dict[int, str] = {}
        for table in (self.words, self.literal_ids, self.markers):
            for content, token_id in table.items():
                if not 0 <= token_id < self.n_tokens:
                    raise ModelFileError(
                        f"the tokenizer gives {content!r} the id {token_id};"
                        f" ids are 0 to {self.n_tokens - 1}"
                    )
                other = content_of.setdefault(token_id, content)
                if other != content:
                    raise ModelFileError(
                        f"the tokenizer gives the id {token_id} to both {other!r} and {content!r}"
                    )
        for content in self.literal_ids:
            if self.words.get(content, self.literal_ids[content]) != self.literal_ids[content]:
                raise ModelFileError(f"the tokenizer gives {content!r} two ids")

    def _check_merges(self) -> None:
        words = self.words
        for i, (left, right) in enumerate(self.merges):
            for word in (left, right, left + right):
                if word not in words:
                    raise ModelFileError(
                        f"merge {i} of the tokenizer joins {left!r} and {right!r},"
                        f" but {word!r} is not in the vocabulary"
                    )
