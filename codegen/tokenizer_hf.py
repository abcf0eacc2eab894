"""The vocabulary of a Hugging Face folder: tokenizer.json and tokenizer_config.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from codegen.errors import ModelFileError, UnsupportedModel
from codegen.tokenizer_vocabulary import Literal, Vocabulary, is_marker

_MAX_FILE_BYTES = 256 << 20

Json = dict[str, object]


def vocabulary_from_hf(folder: Path) -> Vocabulary:
    """Reads tokenizer.json, and the added tokens that only tokenizer_config.json names.

    Raises:
        ModelFileError: if a file is missing or damaged, or its parts contradict each other.
        UnsupportedModel: if it is no byte-level BPE.
    """
    path = folder / "tokenizer.json"
    spec = _read_object(path)
    model = _object(spec, "model", path)
    pre_tokenizer = spec.get("pre_tokenizer")
    if not (
        model.get("type", "BPE") == "BPE"
        and not model.get("byte_fallback")
        and not model.get("continuing_subword_prefix")
        and not model.get("end_of_word_suffix")
        and isinstance(pre_tokenizer, dict)
        and "ByteLevel" in _component_types(pre_tokenizer)
    ):
        raise UnsupportedModel(f"{path} holds no byte-level BPE tokenizer; no other kind is read")
    normalizer = spec.get("normalizer")
    if not isinstance(normalizer, dict | None):
        raise ModelFileError(f"{path}: 'normalizer' is no object")

    words = {content: _token_id(i, path) for content, i in _object(model, "vocab", path).items()}
    literals: dict[str, Literal] = {}
    markers: dict[str, int] = {}
    for token in _added_tokens(spec, folder):
        content, token_id = str(token.get("content", "")), _token_id(token.get("id"), path)
        if not content:
            raise ModelFileError(f"{path}: the added token {token_id} has no content")
        if words.get(content, token_id) != token_id:
            raise ModelFileError(f"{path} gives {content!r} two ids, {words[content]}, {token_id}")
        if is_marker(content, flagged=token.get("special") is True):
            markers[content] = token_id
            words.pop(content, None)
        else:
            flags = ("normalized", "single_word", "lstrip", "rstrip")
            literals[content] = Literal(
                content, token_id, **{flag: token.get(flag) is True for flag in flags}
            )
    n_tokens = 1 + max(
        (*words.values(), *(each.token_id for each in literals.values()), *markers.values()),
        default=-1,
    )
    return Vocabulary(
        words=words,
        merges=[_pair(merge, path) for merge in _list(model, "merges", path)],
        literals=list(literals.values()),
        markers=markers,
        normalizer=normalizer,
        pre_tokenizer=pre_tokenizer,
        n_tokens=n_tokens,
        ignore_merges=model.get("ignore_merges") is True,
    )


def _added_tokens(spec: Json, folder: Path) -> Iterator[Json]:
    path = folder / "tokenizer.json"
    for token in _list(spec, "added_tokens", path) if spec.get("added_tokens") else []:
        if not isinstance(token, dict):
            raise ModelFileError(f"{path}: {token!r} among the added tokens is no object")
        yield token
    config_path = folder / "tokenizer_config.json"
    if not config_path.exists():
        return
    config = _read_object(config_path)
    if "added_tokens_decoder" in config:
        for key, token in _object(config, "added_tokens_decoder", config_path).items():
            if not (isinstance(token, dict) and key.isdecimal() and len(key) < 10):
                raise ModelFileError(f"{config_path}: {key!r}: {token!r} is no added token")
            yield {**token, "id": int(key)}


def _read_object(path: Path) -> Json:
    try:
        size = path.stat().st_size
        if size > _MAX_FILE_BYTES:
            raise ModelFileError(f"{path} has {size} bytes; the limit is {_MAX_FILE_BYTES}")
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise ModelFileError(f"{path} is missing; get the complete model folder") from None
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error}") from error
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"{path} is no valid JSON ({error}); get the file again") from error
    if not isinstance(value, dict):
        raise ModelFileError(f"{path} holds no JSON object; get the file again")
    return value


def _object(parent: Json, key: str, path: Path) -> Json:
    value = parent.get(key)
    if not isinstance(value, dict):
        raise ModelFileError(f"{path} has no {key!r}; get the complete file")
    return value


def _list(parent: Json, key: str, path: Path) -> list[object]:
    value = parent.get(key)
    if not isinstance(value, list):
        raise ModelFileError(f"{path} has no {key!r}; get the complete file")
    return value


def _token_id(value: object, path: Path) -> int:
    # JSON's true is an int to Python.
    if not isinstance(value, int) or isinstance(value, bool):
        raise ModelFileError(f"{path}: {value!r} is no token id")
    return value


def _pair(merge: object, path: Path) -> tuple[str, str]:
    parts = merge.split(" ") if isinstance(merge, str) else merge
    if not (
        isinstance(parts, list)
        and len(parts) == 2
        and all(isinstance(part, str) and part for part in parts)
    ):
        raise ModelFileError(f"{path}: the merge {merge!r} does not name two parts")
    return parts[0], parts[1]


def _component_types(component: Json) -> set[object]:
    types = {component.get("type")}
    children = component.get("pretokenizers")
    for child in children if isinstance(children, list) else []:
        if isinstance(child, dict):
            types |= _component_types(child)
    return types
