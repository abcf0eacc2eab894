"""The tokenizer of a model that is not ours, behind the same names as our own.

Byte-level vocabularies are read as ours are. Those of sentencepiece, which spell a space as U+2581
and unknown bytes as `<0x0A>`, are read here.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import tokenizers

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.tokenizer import Tokenizer, tokenizer_from_hf

_SPACE = "\N{LOWER ONE EIGHTH BLOCK}"
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


def foreign_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a Hugging Face folder, of whatever kind.

    Raises:
        ModelFileError: tokenizer.json is missing or damaged.
    """
    try:
        return tokenizer_from_hf(folder)
    except UnsupportedModel:
        return _SentencePieces(folder / "tokenizer.json")


class _SentencePieces(Tokenizer):
    """A vocabulary of pieces; the markers lie outside of what a text is encoded with."""

    def __init__(self, path: Path) -> None:
        try:
            spec = json.loads(path.read_text(encoding="utf-8"))
            added = {str(each["content"]): int(each["id"]) for each in spec["added_tokens"]}
            spec["added_tokens"] = []
            # What templates add at the beginning is the prompt's affair.
            spec["post_processor"] = None
            bpe = tokenizers.Tokenizer.from_str(json.dumps(spec))
        except Exception as error:  # The Rust side raises bare Exceptions.
            raise ModelFileError(
                f"{path} cannot be read ({error}); pull the model again"
            ) from error
        n_tokens = max((bpe.get_vocab_size() - 1, *added.values())) + 1
        super().__init__(bpe, added, {}, n_tokens)
        self._pieces = {i: piece for piece, i in bpe.get_vocab().items()}

    def token_bytes(self, token_id: int) -> bytes:
        """The bytes that a piece stands for: none for a marker or an id outside."""
        if self.is_special(token_id):
            return b""
        piece = self._pieces.get(token_id, "")
        byte = _BYTE.fullmatch(piece)
        return bytes([int(byte[1], 16)]) if byte else piece.replace(_SPACE, " ").encode()
