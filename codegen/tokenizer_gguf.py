"""The vocabulary of a GGUF file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.tokenizer_splits import normalizer_named, pre_tokenizer_named
from codegen.tokenizer_vocabulary import MAX_TOKENS, Literal, Vocabulary, is_marker

_MODEL = "tokenizer.ggml.model"
_PRE = "tokenizer.ggml.pre"
_TOKENS = "tokenizer.ggml.tokens"
_TYPES = "tokenizer.ggml.token_type"
_MERGES = "tokenizer.ggml.merges"

_NORMAL, _UNKNOWN, _CONTROL, _USER_DEFINED, _UNUSED = 1, 2, 3, 4, 5


def vocabulary_from_gguf(metadata: Mapping[str, object]) -> Vocabulary:
    """Reads the tokenizer's part of a GGUF header.

    Raises:
        ModelFileError: if a part is missing or contradicts another one.
        UnsupportedModel: if it is no byte-level BPE or cuts words by unknown rules.
    """
    model = metadata.get(_MODEL)
    if model != "gpt2":
        raise UnsupportedModel(
            f"the model's tokenizer is of kind {model!r}; only byte-level BPE ('gpt2') can be read"
        )
    pre = str(metadata.get(_PRE, "gpt-2"))
    pre_tokenizer = pre_tokenizer_named(pre)
    contents = _array(metadata, _TOKENS)
    kinds = _array(metadata, _TYPES)
    if len(kinds) != len(contents):
        raise ModelFileError(f"{_TYPES} has {len(kinds)} entries for {len(contents)} tokens")

    words: dict[str, int] = {}
    markers: dict[str, int] = {}
    literals: list[Literal] = []
    seen: dict[str, int] = {}
    for token_id, (content, kind) in enumerate(zip(map(str, contents), kinds, strict=True)):
        if seen.setdefault(content, token_id) != token_id:
            raise ModelFileError(
                f"{_TOKENS} holds {content!r} twice, as {seen[content]} and {token_id}"
            )
        if kind == _NORMAL:
            words[content] = token_id
        elif kind not in (_UNKNOWN, _CONTROL, _USER_DEFINED, _UNUSED):
            raise ModelFileError(f"{_TYPES} says {kind!r} for {content!r}; types are 1 to 5")
        elif is_marker(content, flagged=kind != _USER_DEFINED):
            markers[content] = token_id
        else:
            literals.append(Literal(content, token_id))
    return Vocabulary(
        words=words,
        merges=[_pair(merge) for merge in map(str, _array(metadata, _MERGES))],
        literals=literals,
        markers=markers,
        normalizer=normalizer_named(pre),
        pre_tokenizer=pre_tokenizer,
        n_tokens=len(contents),
    )


def _array(metadata: Mapping[str, object], key: str) -> Sequence[object]:
    value = metadata.get(key)
    tolist = getattr(value, "tolist", None)
    if tolist is not None:
        value = tolist()  # Plain numbers from numpy's: they compare and print as such.
    if not isinstance(value, list | tuple):
        raise ModelFileError(f"the GGUF file has no {key}; get a complete model file")
    if len(value) > MAX_TOKENS:
        raise ModelFileError(f"{key} has {len(value)} entries, more than the limit of {MAX_TOKENS}")
    return cast(Sequence[object], value)


def _pair(merge: str) -> tuple[str, str]:
    left, space, right = merge.partition(" ")
    if not (left and space and right):
        raise ModelFileError(f"{_MERGES} holds {merge!r}, which does not name two parts")
    return left, right
