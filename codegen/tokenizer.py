"""Text to token ids and token ids to bytes. Imports no torch."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import tokenizers

from codegen.errors import ModelFileError
from codegen.tokenizer_gguf import vocabulary_from_gguf
from codegen.tokenizer_hf import vocabulary_from_hf
from codegen.tokenizer_vocabulary import Vocabulary, spelled_bytes

__all__ = ["Tokenizer", "tokenizer_from_gguf", "tokenizer_from_hf"]

_BPE_FILE = "tokenizer_bpe.json"
_TABLE_FILE = "tokenizer_added.json"
_FORMAT = 1
_SURROGATE = re.compile("[\ud800-\udfff]")


class Tokenizer:
    """A byte-level BPE whose markers lie outside it, so that no text can spell one.

    n_tokens is the size of the vocabulary, markers included. A model may have more rows than that.
    """

    def __init__(
        self,
        bpe: tokenizers.Tokenizer,
        markers: Mapping[str, int],
        literals: Mapping[str, int],
        n_tokens: int,
    ) -> None:
        """Takes a BPE without markers; literals are the added tokens that it does hold."""
        self.n_tokens = n_tokens
        self._bpe = bpe
        self._markers = dict(markers)
        self._marker_ids = frozenset(self._markers.values())
        self._literals = dict(literals)
        self._literal_bytes = {i: text.encode() for text, i in self._literals.items()}

    def encode(self, text: str) -> list[int]:
        """The ids of a user's text. The spelling of a marker in it is text like any other."""
        return list(self._bpe.encode(_well_formed(text), add_special_tokens=False).ids)

    def encode_with_starts(self, text: str) -> tuple[list[int], list[int]]:
        """Like `encode`, with the offset in `text` of the character that each token begins in."""
        encoding = self._bpe.encode(_well_formed(text), add_special_tokens=False)
        return list(encoding.ids), [start for start, _ in encoding.offsets]

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes that a token stands for: none for a marker or an id outside."""
        literal = self._literal_bytes.get(token_id)
        if literal is not None:
            return literal
        # The BPE does not hold the markers.
        word = self._bpe.id_to_token(token_id) if 0 <= token_id < self.n_tokens else None
        return b"" if word is None else spelled_bytes(word)

    def special_id(self, content: str) -> int | None:
        """The id of the marker of that spelling, if the vocabulary has it."""
        return self._markers.get(content)

    def is_special(self, token_id: int) -> bool:
        """Whether the token is a marker."""
        return token_id in self._marker_ids

    def save(self, folder: Path) -> None:
        """Writes two files that `load` reads."""
        self._bpe.save(str(folder / _BPE_FILE), pretty=False)
        table = {
            "format": _FORMAT,
            "n_tokens": self.n_tokens,
            "markers": self._markers,
            "literals": self._literals,
        }
        (folder / _TABLE_FILE).write_text(json.dumps(table), encoding="utf-8")

    def save_hf(self, folder: Path) -> None:
        """Writes the tokenizer.json and tokenizer_config.json that transformers reads."""
        spec = json.loads(self._bpe.to_str())
        flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
        spec["added_tokens"] = [
            *spec.get("added_tokens", []),
            *(
                {"id": i, "content": content, **flags, "special": True}
                for content, i in sorted(self._markers.items(), key=lambda pair: pair[1])
            ),
        ]
        (folder / "tokenizer.json").write_text(json.dumps(spec), encoding="utf-8")
        config = {"tokenizer_class": "PreTrainedTokenizerFast"}
        (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Reads what `save` wrote.

        Raises:
            ModelFileError: if a file is missing, damaged or of another version.
        """
        try:
            table = json.loads((folder / _TABLE_FILE).read_bytes())
            if table["format"] != _FORMAT:
                raise ValueError(f"format {table['format']} instead of {_FORMAT}")
            bpe = _bpe_from_json((folder / _BPE_FILE).read_text(encoding="utf-8"))
            return cls(bpe, table["markers"], table["literals"], int(table["n_tokens"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ModelFileError) as error:
            raise ModelFileError(
                f"the converted tokenizer in {folder} is unusable ({error!r}); pull the model again"
            ) from error


def tokenizer_from_gguf(metadata: Mapping[str, object]) -> Tokenizer:
    """The tokenizer that a GGUF header describes.

    Raises:
        ModelFileError: if the description is damaged.
        UnsupportedModel: if it is of a kind that we cannot run.
    """
    return _build(vocabulary_from_gguf(metadata))


def tokenizer_from_hf(folder: Path) -> Tokenizer:
    """The tokenizer of a folder with a tokenizer.json.

    Raises:
        ModelFileError: if a file is missing or damaged.
        UnsupportedModel: if it is of a kind that we cannot run.
    """
    return _build(vocabulary_from_hf(folder))


def _build(vocabulary: Vocabulary) -> Tokenizer:
    bpe = _bpe_from_json(vocabulary.to_json())
    return Tokenizer(bpe, vocabulary.markers, vocabulary.literal_ids, vocabulary.n_tokens)


def _bpe_from_json(text: str) -> tokenizers.Tokenizer:
    try:
        return tokenizers.Tokenizer.from_str(text)
    except Exception as error:  # The Rust side raises bare Exceptions for what it cannot read.
        raise ModelFileError(f"the tokenizer cannot be built: {error}") from error


def _well_formed(text: str) -> str:
    # A lone surrogate has no UTF-8. One character stands for one, so that offsets stay true.
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)
